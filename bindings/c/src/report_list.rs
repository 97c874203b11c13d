//! What happened to each of several targets, kept so that C can borrow it.

use std::ffi::{CStr, CString};
use std::ptr;

use certpush::{Report, json_list};
use libc::{c_char, size_t};

use crate::guard::guard;
use crate::made_once::MadeOnce;
use crate::report::certpush_report;
use crate::text::c_string;

/// A report for each target of a call, in the order asked for: handed out by certpush_batch_push() and
/// certpush_push_all() and their like, freed by certpush_report_list_free(). It never changes.
pub struct certpush_report_list {
    reports: Vec<certpush_report>,
    json: MadeOnce<CString>,
}

impl certpush_report_list {
    pub(crate) fn new(reports: Vec<Report>) -> certpush_report_list {
        certpush_report_list {
            reports: reports.into_iter().map(certpush_report::new).collect(),
            json: MadeOnce::new(),
        }
    }

    fn json(&self) -> &CStr {
        self.json.get(|| {
            let objects: Vec<String> = self.reports.iter().map(certpush_report::to_json).collect();
            c_string(&json_list(&objects))
        })
    }
}

/// How many reports there are: one for each target that was asked for.
///
/// 0 if list is NULL. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_list_count(list: *const certpush_report_list) -> size_t {
    guard(0, || {
        // SAFETY: the header's contract for handles.
        unsafe { list.as_ref() }.map_or(0, |list| list.reports.len())
    })
}

/// The report of a target, counted from 0 in the order asked for; NULL past the end. It belongs to
/// the list: it must not be freed, and lives as long as the list does.
///
/// NULL if list is NULL. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_list_get(
    list: *const certpush_report_list,
    index: size_t,
) -> *const certpush_report {
    guard(ptr::null(), || {
        // SAFETY: the header's contract for handles.
        let list = unsafe { list.as_ref() };
        list.and_then(|list| list.reports.get(index))
            .map_or(ptr::null(), ptr::from_ref)
    })
}

/// All reports as a JSON list on one line, each as certpush_report_json() gives it. It is made when
/// it is first asked for.
///
/// "[]" if list is NULL. It lives as long as the list. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_list_json(
    list: *const certpush_report_list,
) -> *const c_char {
    guard(c"[]".as_ptr(), || {
        // SAFETY: the header's contract for handles.
        unsafe { list.as_ref() }.map_or(c"[]".as_ptr(), |list| list.json().as_ptr())
    })
}

/// Frees a list and with it its reports and the strings that were read from them. NULL is ignored.
///
/// Threads: one, when no other uses the list or a report of it. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_list_free(list: *mut certpush_report_list) {
    guard((), || {
        if !list.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(list) });
        }
    });
}
