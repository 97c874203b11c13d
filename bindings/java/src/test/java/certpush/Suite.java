package certpush;

import java.util.Arrays;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs the test classes that it is given, and says what became of each test in the way of the other suites. */
public final class Suite extends RunListener {
  private boolean failed;

  /** The status is 0 if every test has passed. */
  public static void main(String[] names) {
    final JUnitCore core = new JUnitCore();
    core.addListener(new Suite());
    final Result result = core.run(Arrays.stream(names).map(Suite::named).toArray(Class<?>[]::new));
    final int count = result.getRunCount();
    System.out.println(count - result.getFailureCount() + " passed, " + result.getFailureCount() + " failed");
    System.exit(result.wasSuccessful() && count > 0 ? 0 : 1);
  }

  private static Class<?> named(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void testStarted(Description test) {
    failed = false;
  }

  @Override
  public void testFailure(Failure failure) {
    failed = true;
    System.out.println("not ok - " + failure.getDescription().getMethodName());
    System.out.println("# " + failure.getTrace().replace("\n", "\n# "));
  }

  @Override
  public void testFinished(Description test) {
    if (!failed) {
      System.out.println("ok - " + test.getMethodName().replace('_', ' '));
    }
  }
}
