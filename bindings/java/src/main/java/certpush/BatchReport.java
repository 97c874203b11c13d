package certpush;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What became of a batch push, or of a list: the whole, and each target. It never changes. Since 0.2.0. */
public final class BatchReport implements Serializable {
  private static final long serialVersionUID = 1;

  private final Report report;
  private final ArrayList<Report> targets;

  BatchReport(Report report, List<Report> targets) {
    this.report = report;
    this.targets = new ArrayList<>(targets);
  }

  /** The whole; its message counts. */
  public Report report() {
    return report;
  }

  /** A report for each target, in the order asked for. */
  public List<Report> targets() {
    return Collections.unmodifiableList(targets);
  }
}
