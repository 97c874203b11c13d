# The targets, for who has set _certpush_libdir, _certpush_includedir, _certpush_soname and _certpush_scope,
# which is GLOBAL or nothing.

if(NOT TARGET certpush::certpush)
  foreach(_certpush_name IN ITEMS certpush shared)
    add_library(certpush::${_certpush_name} SHARED IMPORTED ${_certpush_scope})
    set_target_properties(certpush::${_certpush_name} PROPERTIES
      IMPORTED_LOCATION "${_certpush_libdir}/${_certpush_soname}"
      IMPORTED_SONAME "${_certpush_soname}"
      INTERFACE_INCLUDE_DIRECTORIES "${_certpush_includedir}")
  endforeach()

  # A distribution may have left it out.
  if(EXISTS "${_certpush_libdir}/libcertpush.a")
    add_library(certpush::static STATIC IMPORTED ${_certpush_scope})
    set_target_properties(certpush::static PROPERTIES
      IMPORTED_LOCATION "${_certpush_libdir}/libcertpush.a"
      INTERFACE_INCLUDE_DIRECTORIES "${_certpush_includedir}"
      INTERFACE_LINK_LIBRARIES "-lutil;-lrt;-lpthread;-lm;-ldl")
  endif()
endif()

unset(_certpush_name)
unset(_certpush_libdir)
unset(_certpush_includedir)
unset(_certpush_soname)
unset(_certpush_scope)
