//! The errors that the simulated service can answer, in the words of the real one.
//!
//! The gateway in front of the service (APIGW codes) and the service itself (SCM codes) write
//! differently shaped bodies; both speak Chinese unless the request asks for English.

use std::borrow::Cow;

use serde::Serialize;

/// One documented error: its status, its code and its message in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
}

macro_rules! faults {
    ($($name:ident = $status:literal $code:literal $english:literal $chinese:literal;)*) => {
        $(pub(crate) static $name: Fault = Fault {
            status: $status,
            code: $code,
            english: Cow::Borrowed($english),
            chinese: Cow::Borrowed($chinese),
        };)*
    };
}

faults! {
    NO_SUCH_API = 404 "APIGW.0101"
        "The API does not exist or has not been published in the environment"
        "API不存在或尚未发布到该环境";
    THROTTLED = 429 "APIGW.0308"
        "The throttling threshold has been reached: policy user over ratelimit,limit:10"
        "超出流控限制：policy user over ratelimit,limit:10";
    INTERNAL_ERROR = 500 "SCM.3000" "Internal system error." "系统内部错误。";
    TOKEN_MUST_BE_UPDATED = 401 "APIGW.0307" "The token must be updated" "token需要更新";
    INCORRECT_TENANT = 403 "SCM.0002" "Incorrect tenant ID." "租户ID错误。";
    INCORRECT_PARAMETER = 400 "SCM.0005" "Incorrect request parameter." "请求参数错误。";
    ABNORMAL_CERTIFICATE = 400 "SCM.0008" "Abnormal certificate ID" "证书ID异常。";
    INCORRECT_CERTIFICATE_ID = 400 "SCM.0020" "Incorrect certificate ID." "证书ID错误。";
    NO_PROJECTS = 400 "SCM.0069" "No projects found." "未找到项目。";
    UNSUPPORTED_SERVICE = 400 "SCM.0030"
        "Certificates cannot be pushed to this service."
        "不支持推送到该服务。";
    REFUSED_BY_ELB = 400 "SCM.0201"
        "Failed to push to ELB. ELB error message: the certificate already exists."
        "推送到ELB失败，ELB错误信息：the certificate already exists.";
    REFUSED_BY_CDN = 400 "SCM.0211"
        "Failed to push to CDN. CDN error message: the certificate already exists."
        "推送到CDN失败，CDN错误信息：the certificate already exists.";
    REFUSED_BY_WAF = 400 "SCM.0221"
        "Failed to push to WAF. WAF error message: the certificate already exists."
        "推送到WAF失败，WAF错误信息：the certificate already exists.";
}

impl From<&'static Fault> for Fault {
    fn from(fault: &'static Fault) -> Self {
        fault.clone()
    }
}

impl Fault {
    /// The gateway does not believe the caller; `detail` says what it found, always in English.
    pub(crate) fn not_authenticated(detail: &str) -> Self {
        Fault {
            status: 401,
            code: "APIGW.0301",
            english: format!("Incorrect IAM authentication information: {detail}").into(),
            chinese: format!("IAM认证信息错误：{detail}").into(),
        }
    }

    /// What it says, in English or Chinese.
    pub(crate) fn message(&self, english: bool) -> &str {
        if english {
            &self.english
        } else {
            &self.chinese
        }
    }

    /// The body of the answer. Only the gateway repeats the request id in it.
    pub(crate) fn body(&self, english: bool, request_id: &str) -> serde_json::Result<String> {
        let error_code = self.code;
        let error_msg = self.message(english);
        if error_code.starts_with("APIGW.") {
            serde_json::to_string(&GatewayBody {
                error_msg,
                error_code,
                request_id,
            })
        } else {
            serde_json::to_string(&ServiceBody {
                error_code,
                error_msg,
            })
        }
    }
}

#[derive(Serialize)]
struct GatewayBody<'a> {
    error_msg: &'a str,
    error_code: &'a str,
    request_id: &'a str,
}

#[derive(Serialize)]
struct ServiceBody<'a> {
    error_code: &'a str,
    error_msg: &'a str,
}
