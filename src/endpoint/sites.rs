//! The sites that serve SCM, one region each.

/// A region whose host serves SCM, one for each site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// The value of the option `region`.
    pub region: &'static str,
    /// The site.
    pub name: &'static str,
    /// The host that serves SCM there.
    pub host: &'static str,
}

/// The four sites, from Huawei Cloud's lists of SCM endpoints.
pub const SITES: &[Site] = &[
    Site {
        region: "cn-north-4",
        name: "China",
        host: "scm.cn-north-4.myhuaweicloud.com",
    },
    Site {
        region: "ap-southeast-1",
        name: "International",
        host: "scm.ap-southeast-1.myhuaweicloud.com",
    },
    Site {
        region: "eu-west-101",
        name: "Europe",
        host: "scm.eu-west-101.myhuaweicloud.eu",
    },
    Site {
        region: "my-kualalumpur-1",
        name: "Kuala Lumpur",
        host: "scm.my-kualalumpur-1.myhuaweicloud.com",
    },
];

/// A site's region, and which site that is.
fn site(site: &Site) -> String {
    format!("{} ({})", site.region, site.name)
}

/// The regions that serve SCM, for people.
pub(crate) fn regions() -> String {
    let sites: Vec<_> = SITES.iter().map(site).collect();
    match sites.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
