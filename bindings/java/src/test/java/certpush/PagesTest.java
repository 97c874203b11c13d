package certpush;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.junit.Before;
import org.junit.Test;

/** The programs on the pages, and the example. */
public final class PagesTest {
  private static final String ENDPOINT = System.getenv("SERVICE_ENDPOINT");

  @Before
  public void forget() {
    Service.forget();
  }

  @Test
  public void the_first_program_says_what_became_of_the_certificate() throws Exception {
    for (String[] expected :
        new String[][] {
          {Service.GOOD, "pushed, request "},
          {Service.FAILED, "look at the target before you push again"},
          {Service.REFUSED, "nothing was pushed"}
        }) {
      try (Program first = Program.java(ENDPOINT, "First", expected[0])) {
        final List<String> lines = first.lines();
        assertTrue("" + lines, lines.get(lines.size() - 1).startsWith(expected[1]));
        assertEquals(0, first.process.waitFor());
      }
    }
  }

  @Test
  public void ctrl_c_ends_a_waiting_push_and_its_outcome_is_told() throws Exception {
    Service.inTime(
        () -> {
          Service.forget();
          try (Program pushing = Program.java(ENDPOINT, "UntilCtrlC", Service.SILENT)) {
            Service.until(() -> Service.received(Service.SILENT) == 1);
            final long began = System.nanoTime();
            pushing.signal("INT");
            final List<String> lines = pushing.lines();
            final long took = System.nanoTime() - began;
            assertEquals(List.of("CERTPUSH_CANCELLED, it may have been pushed: true"), lines);
            assertEquals(130, pushing.process.waitFor());
            return took;
          }
        });
  }

  @Test
  public void the_example_tells_success_refusal_and_doubt_apart() throws Exception {
    for (Object[] expected :
        new Object[][] {
          {Service.GOOD, 0, "pushed"}, {Service.REFUSED, 21, "not_pushed"}, {Service.FAILED, 84, "unknown"}
        }) {
      try (Program example = Program.java(ENDPOINT, "Push", (String) expected[0], Service.PROJECT, "ELB")) {
        assertTrue(example.lines().contains("outcome         " + expected[2]));
        assertEquals(expected[1], example.process.waitFor());
      }
    }
  }
}
