//! Where SCM is: the sites' hosts, a base URL given instead, and the official SDKs' list of regions.

mod document;
mod regions;
mod sites;
mod url;

pub(crate) use regions::listed;
pub(crate) use sites::regions;
pub use sites::{SITES, Site};
pub(crate) use url::{Endpoint, is_loopback};
