//! What an entry of a list or of a journal is known by.

use std::fmt;

use crate::operations::PushRequest;

/// A push's certificate and target. The letter case of the service does not count, as it does not for
/// the service itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EntryKey(Box<str>);

impl EntryKey {
    pub(super) fn of(push: &PushRequest) -> EntryKey {
        EntryKey::from_texts(
            push.certificate_id(),
            push.target_project(),
            push.target_service(),
        )
    }

    /// The key of texts that may be no good arguments, as a damaged journal has them.
    pub(super) fn from_texts(
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
    ) -> EntryKey {
        // No argument has a line end.
        let service = target_service.to_ascii_uppercase();
        let key = [certificate_id, target_project, &service].join("\n");
        EntryKey(key.into_boxed_str())
    }

    /// The push that it is the key of, with the service in capitals; `None` if its texts are no good
    /// arguments.
    pub(super) fn push(&self) -> Option<PushRequest> {
        let mut texts = self.0.splitn(3, '\n');
        PushRequest::new(texts.next()?, texts.next()?, texts.next()?).ok()
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
