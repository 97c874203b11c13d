package certpush;

import java.util.Objects;

/** An entry of a list for {@link Client#pushAll}: what to push, and where to. Since 0.2.0. */
public final class Target {
  final String certificateId;
  final String targetProject;
  final String targetService;

  /** The texts are as for {@link Client#push}; they are judged when the list is pushed. */
  public Target(String certificateId, String targetProject, String targetService) {
    this.certificateId = Objects.requireNonNull(certificateId, "certificateId");
    this.targetProject = Objects.requireNonNull(targetProject, "targetProject");
    this.targetService = Objects.requireNonNull(targetService, "targetService");
  }
}
