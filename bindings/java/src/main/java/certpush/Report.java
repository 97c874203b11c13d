package certpush;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of one call. It never changes, never holds a secret, and may go to any thread. It is serialised as
 * its JSON; one that has lost it says that the certificate may have been pushed. Since 0.2.0.
 */
public final class Report implements Serializable {
  private static final long serialVersionUID = 1;

  private static final String LOST =
      "{\"status\":1,\"status_name\":\"CERTPUSH_INVALID_ARGUMENT\",\"message\":\"the report was lost\"}";

  private final String json;
  private final transient Map<String, Object> members;

  Report(String json) {
    this.json = json;
    Map<String, Object> read;
    try {
      read = new Json(json).object();
    } catch (RuntimeException e) {
      // After a push nothing else may be thrown than what tells its outcome.
      read = new Json(LOST).object();
    }
    this.members = read;
  }

  /** The reports of a JSON list. */
  static List<Report> list(String json) {
    final List<Report> reports = new ArrayList<>();
    new Json(json).objects().forEach(object -> reports.add(new Report(object)));
    return reports;
  }

  /** What is known of a call that was refused here, before anything was sent. */
  static Report refused(int status, String statusName, String phase, String message) {
    return new Report(
        String.format(
            "{\"status\":%d,\"status_name\":\"%s\",\"message\":\"%s\",\"phase\":\"%s\",\"outcome_unknown\":false}",
            status, statusName, message, phase));
  }

  private Object readResolve() {
    return new Report(json == null ? LOST : json);
  }

  /** All of it as a JSON object on one line, which the command certpush prints for --json. */
  public String json() {
    return json;
  }

  /** The message. */
  @Override
  public String toString() {
    return message();
  }

  private String text(String name) {
    return (String) members.getOrDefault(name, "");
  }

  private long number(String name, long lost) {
    return (Long) members.getOrDefault(name, lost);
  }

  private boolean truth(String name, boolean lost) {
    return (Boolean) members.getOrDefault(name, lost);
  }

  // generated: fields
  /** What became of the call, as a number that is the same in every language: 0 if, and only if, it succeeded. */
  public int status() {
    return (int) number("status", Status.INVALID_ARGUMENT);
  }

  /** The name of the status in C, such as CERTPUSH_TIMEOUT. */
  public String statusName() {
    return text("status_name");
  }

  /** What happened, in one line that is fit for a log. Never a secret. */
  public String message() {
    return text("message");
  }

  /** What to do about it, "" if nothing is known. */
  public String hint() {
    return text("hint");
  }

  /** How far the call had come when it failed; "" after a success and nowhere else. */
  public String phase() {
    return text("phase");
  }

  /** The HTTP status of the last answer, 0 if there was none. */
  public int httpStatus() {
    return (int) number("http_status", 0);
  }

  /** The service's error_code, such as SCM.0069, or "". */
  public String serviceCode() {
    return text("service_code");
  }

  /** The service's error_msg, or "". */
  public String serviceMessage() {
    return text("service_message");
  }

  /** The service's id of the request, or "": Huawei Cloud's support asks for it. */
  public String requestId() {
    return text("request_id");
  }

  /** Whether the same call may simply be made again: it provably pushed nothing, and what stopped it may pass. */
  public boolean retryable() {
    return truth("retryable", false);
  }

  /** Whether the certificate may have been pushed although the call failed. */
  public boolean outcomeUnknown() {
    return truth("outcome_unknown", true);
  }

  /** How long the service asks to wait before another call, in milliseconds; -1 if it does not say. */
  public long retryAfterMs() {
    return number("retry_after_ms", -1);
  }

  /** How many attempts were begun, 0 if nothing was tried. */
  public int attempts() {
    return (int) number("attempts", 0);
  }

  /** The certificate's id, "" if the call was no push or an argument was refused. */
  public String certificateId() {
    return text("certificate_id");
  }

  /**
   * The project that the certificate was to be pushed to, "" as for certificate_id; of a batch push as a whole,
   * all of them with commas between.
   */
  public String targetProject() {
    return text("target_project");
  }

  /** The service that the certificate was to be pushed to, "" as for certificate_id. */
  public String targetService() {
    return text("target_service");
  }

  /**
   * The id that the certificate has on its target, "" if the service did not tell: only a batch push tells, of
   * each target that got the certificate.
   */
  public String targetCertificateId() {
    return text("target_certificate_id");
  }
  // end of generated

  /** As much of JSON as a report has: texts, whole numbers and truth values. */
  private static final class Json {
    private final String text;
    private int at;

    Json(String text) {
      this.text = text;
    }

    Map<String, Object> object() {
      final Map<String, Object> members = new LinkedHashMap<>();
      at++;
      while (text.charAt(at) != '}') {
        final String name = string();
        at++;
        members.put(name, value());
        comma();
      }
      at++;
      return members;
    }

    List<String> objects() {
      final List<String> objects = new ArrayList<>();
      at++;
      while (text.charAt(at) != ']') {
        final int start = at;
        object();
        objects.add(text.substring(start, at));
        comma();
      }
      return objects;
    }

    private void comma() {
      if (text.charAt(at) == ',') {
        at++;
      }
    }

    private Object value() {
      if (text.charAt(at) == '"') {
        return string();
      }
      final int start = at;
      while (",}".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      final String value = text.substring(start, at);
      if ("true".equals(value) || "false".equals(value)) {
        return Boolean.valueOf(value);
      }
      try {
        return Long.valueOf(value);
      } catch (NumberFormatException e) {
        // Of a later version: no member that is read here.
        return value;
      }
    }

    private String string() {
      final StringBuilder string = new StringBuilder();
      for (at++; text.charAt(at) != '"'; at++) {
        char next = text.charAt(at);
        if (next == '\\') {
          next = text.charAt(++at);
          if (next == 'u') {
            next = (char) Integer.parseInt(text.substring(at + 1, at + 5), 16);
            at += 4;
          } else {
            final int control = "bfnrt".indexOf(next);
            next = control < 0 ? next : "\b\f\n\r\t".charAt(control);
          }
        }
        string.append(next);
      }
      at++;
      return string.toString();
    }
  }
}
