"""An Ansible module that pushes a certificate: it belongs into the folder library of a playbook."""

from __future__ import annotations

import traceback

from ansible.module_utils.basic import (  # type: ignore[import-not-found]
    AnsibleModule,
    missing_required_lib,
)

try:
    import certpush
except ImportError:
    MISSING: str | None = traceback.format_exc()
else:
    MISSING = None

DOCUMENTATION = """
module: certpush_push
short_description: Push an SSL certificate of Huawei Cloud's SCM to ELB, WAF or CDN
description:
  - A push is not idempotent. With O(journal), what was pushed is not pushed again, and what may
    have been is refused until somebody has settled it.
  - In check mode nothing is sent; the options are checked, and the files that they name.
requirements: [certpush]
options:
  certificate_id: {type: str, required: true, description: The certificate's id.}
  target_project: {type: str, default: "", description: The project; nothing for the CDN only.}
  target_service: {type: str, required: true, description: "ELB, WAF or CDN."}
  journal: {type: path, description: A file on the host that runs the module.}
  region: {type: str, description: "The site, such as ap-southeast-1."}
  endpoint: {type: str, description: Another base URL.}
  token: {type: str, description: "The token; better, a file."}
  token_file: {type: path, description: A file on the host that runs the module.}
  ca_file: {type: path, description: The authorities to trust.}
  timeout: {type: float, description: "How long the push may take, in seconds."}
  retries: {type: int, description: How often what provably was not pushed is tried again.}
attributes:
  check_mode: {support: full}
  diff_mode: {support: none}
"""

EXAMPLES = """
- certpush_push:
    certificate_id: scs1600313391074
    target_project: "{{ item }}"
    target_service: ELB
    region: ap-southeast-1
    token_file: /run/secrets/token
    journal: "/var/lib/certpush/{{ item }}.journal"
  loop: [ap-southeast-3, cn-north-4]
  delegate_to: localhost
  register: pushed
  retries: 3
  until: pushed is succeeded or not pushed.retryable
"""

RETURN = """
outcome: {description: "pushed, not_pushed or unknown.", returned: always, type: str}
retryable: {description: Whether the task may simply be run again., returned: always, type: bool}
report: {description: Every field of certpush's report., returned: when a push was made, type: dict}
"""

TARGET = ("certificate_id", "target_project", "target_service")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "certificate_id": {"type": "str", "required": True},
            "target_project": {"type": "str", "default": ""},
            "target_service": {"type": "str", "required": True},
            "journal": {"type": "path"},
            "region": {"type": "str"},
            "endpoint": {"type": "str"},
            "token": {"type": "str", "no_log": True},
            "token_file": {"type": "path", "no_log": False},
            "ca_file": {"type": "path"},
            "timeout": {"type": "float"},
            "retries": {"type": "int"},
        },
        mutually_exclusive=[("token", "token_file"), ("region", "endpoint")],
        supports_check_mode=True,
    )
    if MISSING is not None:
        failed(module, missing_required_lib("certpush"), "not_pushed", exception=MISSING)
    target = [module.params.pop(name) for name in TARGET]
    if module.check_mode:
        module.params["journal"] = None  # A client would make the file.
    try:
        with certpush.Client.from_env(**module.params) as client:
            receipt = None if module.check_mode else client.push(*target)
    except certpush.Error as error:
        outcome = certpush.outcome_of(error)
        failed(module, error.message, outcome, error.retryable, report=error.to_dict())
    except KeyboardInterrupt as interrupt:
        failed(module, "interrupted", certpush.outcome_of(interrupt))
    if receipt is None:
        module.exit_json(changed=True, outcome="not_pushed", retryable=False)
    else:
        told = {"outcome": "pushed", "retryable": False, "report": receipt.to_dict()}
        # What the journal had as pushed took no attempt.
        module.exit_json(changed=receipt.attempts > 0, **told)


def failed(
    module: AnsibleModule, message: str, outcome: str, retryable: bool = False, **more: object
) -> None:
    """End as failed. What may have been pushed may have changed something."""
    module.fail_json(
        msg=message, changed=outcome != "not_pushed", outcome=outcome, retryable=retryable, **more
    )


if __name__ == "__main__":
    main()
