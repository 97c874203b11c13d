-- Pushes by the declarations of certpush.cdef, as LuaJIT reads them. What is known of the push is printed.
-- Usage: push.lua CDEF LIBRARY OPTIONS CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
local ffi = require("ffi")
local cdef, library, options, id, project, service = unpack(arg)
ffi.cdef(assert(io.open(cdef)):read("*a"))
local certpush = ffi.load(library)
local client, report = ffi.new("certpush_client *[1]"), ffi.new("certpush_report *[1]")
if certpush.certpush_client_open(options, #options, client, report) == certpush.CERTPUSH_OK then
  certpush.certpush_push_n(client[0], id, #id, project, #project, service, #service, 0, nil, report)
end
print(ffi.string(certpush.certpush_report_json(report[0])))
certpush.certpush_report_free(report[0])
certpush.certpush_client_free(client[0])
