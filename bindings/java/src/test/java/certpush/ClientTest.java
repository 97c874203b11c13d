package certpush;

import static certpush.Service.FAILED;
import static certpush.Service.GOOD;
import static certpush.Service.PROJECT;
import static certpush.Service.REFUSED;
import static certpush.Service.SILENT;
import static certpush.Service.THROTTLED;
import static certpush.Service.TWO_PROJECTS;
import static certpush.Service.failure;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.Before;
import org.junit.Test;

public final class ClientTest {
  private static final String HALF = "\ud83d";
  private static final String TOKEN = "token-of-a-source-in-java-of-some-length";
  private static final String UNKNOWN_OPTION_SECRET = "value-of-an-option-that-nobody-knows";

  @Before
  public void forget() {
    Service.forget();
  }

  @Test
  public void the_library_is_called_as_the_run_expects() {
    assertEquals(System.getProperty("certpush.expected"), Calls.library().getClass().getSimpleName());
  }

  @Test
  public void a_push_tells_all_that_is_known() {
    try (Client client = Service.options().open()) {
      final Report report = client.push(GOOD, PROJECT, "ELB");
      assertEquals(Status.OK, report.status());
      assertEquals("CERTPUSH_OK", report.statusName());
      assertEquals(204, report.httpStatus());
      assertFalse(report.requestId().isEmpty());
      assertEquals(GOOD + PROJECT + "ELB", report.certificateId() + report.targetProject() + report.targetService());
      assertEquals(-1, report.retryAfterMs());
      assertEquals(1, report.attempts());
      assertEquals(1, Service.received(GOOD));
    }
  }

  @Test
  public void a_failure_tells_whether_the_certificate_may_have_been_pushed() {
    try (Client client = Service.options().open()) {
      final CertpushException doubt =
          failure(CertpushException.BadRequest.class, () -> client.push(FAILED, PROJECT, "ELB"));
      assertTrue(doubt.outcomeUnknown());
      assertFalse(doubt.retryable());
      final CertpushException not =
          failure(CertpushException.Api.class, () -> client.push(REFUSED, PROJECT, "ELB"));
      assertEquals(Status.UNAUTHORIZED, not.status());
      assertFalse(not.outcomeUnknown());
      assertEquals("APIGW.0301", not.report().serviceCode());
    }
  }

  @Test
  public void what_the_service_says_is_told_in_its_own_script() {
    try (Client client = Service.options().open()) {
      final Report told =
          failure(CertpushException.Throttled.class, () -> client.push(THROTTLED, PROJECT, "ELB")).report();
      assertEquals("请求过于频繁", told.serviceMessage());
      assertEquals(3_600_000, told.retryAfterMs());
      assertTrue(told.retryable());
    }
  }

  @Test
  public void half_a_surrogate_pair_is_refused_and_never_replaced() {
    try (Client client = Service.options().open()) {
      for (String[] target :
          new String[][] {{GOOD.substring(1) + HALF, PROJECT, "ELB"}, {GOOD, HALF, "ELB"}, {GOOD, PROJECT, HALF}}) {
        final CertpushException refused =
            failure(CertpushException.InvalidArgument.class, () -> client.push(target[0], target[1], target[2]));
        assertFalse(refused.outcomeUnknown());
      }
      failure(CertpushException.InvalidArgument.class, () -> client.batchPush(GOOD, List.of(PROJECT, HALF), "ELB"));
      failure(CertpushException.InvalidArgument.class, () -> client.pushAll(List.of(new Target(GOOD, HALF, "ELB"))));
      failure(CertpushException.class, () -> client.pushAll("certificate_id,target_project,target_service\n" + HALF));
    }
    failure(CertpushException.InvalidArgument.class, () -> Service.without().option(Option.TOKEN, TOKEN + HALF).open());
    assertEquals(0, Service.received(GOOD));
  }

  @Test
  public void a_nul_is_refused_and_is_not_the_end() {
    try (Client client = Service.options().open()) {
      failure(CertpushException.InvalidArgument.class, () -> client.push(GOOD + "\0", PROJECT, "ELB"));
      failure(CertpushException.InvalidArgument.class, () -> client.push(GOOD, PROJECT + "\0", "ELB"));
      failure(CertpushException.InvalidArgument.class, () -> client.push(GOOD, PROJECT, "ELB\0"));
    }
    assertEquals(0, Service.received(GOOD));
  }

  @Test
  public void an_unknown_option_is_refused_without_its_value() {
    final CertpushException refused =
        failure(
            CertpushException.InvalidConfig.class,
            () -> Service.options().option("no_such_option", UNKNOWN_OPTION_SECRET).open());
    assertTrue(refused.getMessage(), refused.getMessage().contains("no_such_option"));
    assertFalse(refused.getMessage().contains(UNKNOWN_OPTION_SECRET));
  }

  @Test
  public void no_time_is_refused_and_a_part_of_a_millisecond_is_one() {
    try (Client client = Service.options().open()) {
      for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
        failure(
            CertpushException.InvalidArgument.class,
            () -> client.push(GOOD, PROJECT, "ELB", CallOptions.NONE.timeout(none)));
      }
      final CertpushException late =
          failure(
              CertpushException.Timeout.class,
              () -> client.push(SILENT, PROJECT, "ELB", CallOptions.NONE.timeout(Duration.ofNanos(1))));
      assertFalse(late.getMessage(), late.getMessage().contains(" 0 ms"));
    }
    for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
      failure(CertpushException.class, () -> Service.options().option(Option.TIMEOUT_MS, none).open());
    }
    Service.options().option(Option.TIMEOUT_MS, Duration.ofNanos(1)).open().close();
    assertEquals(0, Service.received(GOOD));
  }

  @Test
  public void an_interrupt_ends_a_waiting_push_and_tells_its_outcome() throws Exception {
    try (Client client = Service.options().open()) {
      final AtomicReference<CertpushException> told = new AtomicReference<>();
      final AtomicReference<Boolean> stays = new AtomicReference<>();
      Service.inTime(
          () -> {
            Service.forget();
            final Thread pushing =
                new Thread(
                    () -> {
                      told.set(failure(CertpushException.Cancelled.class, () -> client.push(SILENT, PROJECT, "ELB")));
                      stays.set(Thread.currentThread().isInterrupted());
                    });
            pushing.start();
            Service.until(() -> Service.received(SILENT) == 1);
            final long began = System.nanoTime();
            pushing.interrupt();
            pushing.join();
            return System.nanoTime() - began;
          });
      assertTrue(told.get().outcomeUnknown());
      assertTrue(stays.get());
    }
  }

  @Test
  public void a_future_that_is_cancelled_ends_its_push() throws Exception {
    final ExecutorService pool = Executors.newSingleThreadExecutor();
    try (Client client = Service.options().open()) {
      final Future<Report> push = pool.submit(() -> client.push(SILENT, PROJECT, "ELB"));
      Service.until(() -> Service.received(SILENT) == 1);
      push.cancel(true);
      pool.shutdown();
      assertTrue(pool.awaitTermination(1, TimeUnit.SECONDS));
    }
  }

  @Test
  public void thirty_two_threads_push_on_one_client() throws Exception {
    final ExecutorService pool = Executors.newFixedThreadPool(32);
    try (Client client = Service.options().open()) {
      final List<Callable<Integer>> calls = new ArrayList<>();
      for (int thread = 0; thread < 32; thread++) {
        final String id = thread % 4 == 0 ? FAILED : GOOD;
        calls.add(
            () -> {
              int failures = 0;
              for (int i = 0; i < 50; i++) {
                try {
                  assertEquals(204, client.push(id, PROJECT, "ELB").httpStatus());
                } catch (CertpushException.BadRequest e) {
                  assertTrue(e.outcomeUnknown());
                  failures++;
                }
              }
              return failures;
            });
      }
      int failures = 0;
      for (Future<Integer> done : pool.invokeAll(calls)) {
        failures += done.get();
      }
      assertEquals(8 * 50, failures);
      assertEquals(24 * 50, Service.received(GOOD));
    }
    pool.shutdown();
  }

  @Test
  public void close_ends_running_pushes_and_their_outcome_is_told() throws Exception {
    final ExecutorService pool = Executors.newFixedThreadPool(32);
    Service.inTime(
        () -> {
          Service.forget();
          final Client client = Service.options().open();
          final List<Future<Report>> pushes = new ArrayList<>();
          for (int i = 0; i < 32; i++) {
            pushes.add(pool.submit(() -> client.push(SILENT, PROJECT, "ELB")));
          }
          Service.until(() -> Service.received(SILENT) == 32);
          final long began = System.nanoTime();
          client.close();
          final long took = System.nanoTime() - began;
          for (Future<Report> push : pushes) {
            final CertpushException told = (CertpushException) cause(push);
            assertEquals(Status.CANCELLED, told.status());
            assertTrue(told.outcomeUnknown());
          }
          return took;
        });
    pool.shutdown();
  }

  @Test
  public void a_client_that_is_closed_sends_nothing() {
    final Client client = Service.options().open();
    client.close();
    client.close();
    final CertpushException late = failure(CertpushException.Cancelled.class, () -> client.push(GOOD, PROJECT, "ELB"));
    assertFalse(late.outcomeUnknown());
    assertEquals("start", late.report().phase());
    failure(CertpushException.Cancelled.class, () -> client.pushAll(List.of()));
    assertEquals(0, Service.received(GOOD));
  }

  @Test
  public void a_client_that_is_opened_and_closed_while_others_push_harms_nothing() throws Exception {
    final ExecutorService pool = Executors.newFixedThreadPool(4);
    for (int round = 0; round < 100; round++) {
      final Client client = Service.options().open();
      final List<Future<Report>> pushes = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        pushes.add(pool.submit(() -> client.push(GOOD, PROJECT, "ELB")));
      }
      pushes.get(round % 4).cancel(false);
      client.close();
      for (Future<Report> push : pushes) {
        if (!push.isCancelled()) {
          final Throwable thrown = cause(push);
          assertTrue("" + thrown, thrown == null || thrown instanceof CertpushException.Cancelled);
        }
      }
    }
    pool.shutdown();
  }

  @Test
  public void close_in_a_log_function_does_not_wait_for_its_own_call() {
    final AtomicReference<Client> client = new AtomicReference<>();
    client.set(Service.options().log((level, line) -> client.get().close()).open());
    assertEquals(204, client.get().push(GOOD, PROJECT, "ELB").httpStatus());
    failure(CertpushException.Cancelled.class, () -> client.get().push(GOOD, PROJECT, "ELB"));
  }

  @Test
  public void a_client_that_nobody_holds_is_freed() {
    final int before = descriptors();
    Service.until(
        () -> {
          Service.options().open().push(GOOD, PROJECT, "ELB");
          return descriptors() > before + 4;
        });
    Service.until(
        () -> {
          System.gc();
          return descriptors() <= before;
        });
  }

  @Test
  public void every_push_has_a_line_in_the_log() {
    final List<String> lines = new CopyOnWriteArrayList<>();
    try (Client client = Service.options().log((level, line) -> lines.add(level + " " + line)).open()) {
      client.push(GOOD, PROJECT, "ELB");
      failure(CertpushException.class, () -> client.push(REFUSED, PROJECT, "ELB"));
    }
    assertEquals(2, lines.size());
    assertTrue(lines.get(0), lines.get(0).startsWith(Client.Log.INFO + " "));
    assertTrue(lines.get(1), lines.get(1).startsWith(Client.Log.ERROR + " "));
    lines.forEach(line -> Service.keep("log", line));
  }

  @Test
  public void what_a_log_function_throws_is_not_lost_and_loses_nothing() {
    final RuntimeException thrown = new IllegalStateException("the log is full");
    final AtomicReference<Throwable> handled = new AtomicReference<>();
    final Thread thread = Thread.currentThread();
    thread.setUncaughtExceptionHandler((where, what) -> handled.set(what));
    final Client.Log log =
        (level, line) -> {
          throw thrown;
        };
    try (Client client = Service.options().log(log).open()) {
      assertEquals(204, client.push(GOOD, PROJECT, "ELB").httpStatus());
      assertSame(thrown, handled.get());
      assertSame(
          thrown, failure(CertpushException.Unauthorized.class, () -> client.push(REFUSED, PROJECT, "ELB")).getCause());
    } finally {
      thread.setUncaughtExceptionHandler(null);
    }
  }

  @Test
  public void a_token_source_is_asked_and_what_it_throws_is_the_cause() {
    try (Client client = Service.without().tokenSource(() -> TOKEN).open()) {
      assertEquals(204, client.push(GOOD, PROJECT, "ELB").httpStatus());
    }
    final Exception sealed = new IOException("the vault is sealed");
    final Client.TokenSource source =
        () -> {
          throw sealed;
        };
    try (Client client = Service.without().tokenSource(source).open()) {
      final CertpushException told =
          failure(CertpushException.Credentials.class, () -> client.push(GOOD, PROJECT, "ELB"));
      assertEquals(Status.CREDENTIALS_UNAVAILABLE, told.status());
      assertTrue(told.getMessage(), told.getMessage().contains("the vault is sealed"));
      assertSame(sealed, told.getCause());
    }
    for (String none : Arrays.asList(null, "", TOKEN + HALF, TOKEN + "\0")) {
      try (Client client = Service.without().tokenSource(() -> none).open()) {
        assertFalse(failure(CertpushException.class, () -> client.push(GOOD, PROJECT, "ELB")).outcomeUnknown());
      }
    }
    assertEquals(1, Service.received(GOOD));
  }

  @Test
  public void a_batch_push_tells_of_every_project() {
    try (Client client = Service.options().open()) {
      final BatchReport told = client.batchPush(GOOD, List.of("ap-southeast-1", PROJECT), "ELB");
      assertEquals(2, told.targets().size());
      assertFalse(told.targets().get(1).targetCertificateId().isEmpty());
      final CertpushException.Incomplete some =
          failure(
              CertpushException.Incomplete.class, () -> client.batchPush(TWO_PROJECTS, List.of("a", "b"), "ELB"));
      assertEquals(Status.OK, some.targets().get(0).status());
      assertEquals(Status.TARGET_REFUSED, some.targets().get(1).status());
      assertTrue(some.outcomeUnknown());
      assertFalse(
          failure(CertpushException.InvalidArgument.class, () -> client.batchPush(GOOD, List.of("a,b"), "ELB"))
              .outcomeUnknown());
      failure(CertpushException.InvalidArgument.class, () -> client.batchPush(GOOD, List.of(), "ELB"));
    }
  }

  @Test
  public void a_list_is_pushed_and_every_entry_told() {
    try (Client client = Service.options().open()) {
      final List<Integer> ended = new ArrayList<>();
      final CertpushException.Incomplete some =
          failure(
              CertpushException.Incomplete.class,
              () ->
                  client.pushAll(
                      List.of(
                          new Target(GOOD, PROJECT, "ELB"),
                          new Target(FAILED, PROJECT, "ELB"),
                          new Target(GOOD, "", "CDN")),
                      CallOptions.NONE.progress((index, report) -> ended.add(index))));
      assertEquals(3, some.targets().size());
      assertEquals(3, ended.size());
      assertEquals(Status.OK, some.targets().get(2).status());
      assertTrue(some.targets().get(1).outcomeUnknown());
      assertTrue(some.outcomeUnknown());
      assertTrue(some.getMessage(), some.getMessage().startsWith("3 targets: 2 pushed"));
      final BatchReport all =
          client.pushAll(
              "certificate_id,target_project,target_service\n" + GOOD + "," + PROJECT + ",WAF\n",
              CallOptions.NONE.timeout(Duration.ofSeconds(30)));
      assertEquals(1, all.targets().size());
      assertTrue(client.pushAll(List.of()).targets().isEmpty());
      failure(
          CertpushException.InvalidArgument.class,
          () -> client.pushAll(List.of(new Target(GOOD, PROJECT, "ELB"), new Target(GOOD, PROJECT, "elb"))));
      final CertpushException refused =
          failure(CertpushException.InvalidConfig.class, () -> client.pushAll("a,b\n"));
      assertTrue(refused.getMessage(), refused.getMessage().contains("line 1"));
    }
  }

  @Test
  public void what_a_progress_function_throws_stops_the_list_and_every_entry_is_told() {
    final List<Target> targets = new ArrayList<>();
    for (String project : "cn-north-4 ap-southeast-1 ap-southeast-3 eu-west-101".split(" ")) {
      targets.add(new Target(GOOD, project, "ELB"));
    }
    final RuntimeException thrown = new IllegalStateException("the database is away");
    try (Client client = Service.options().option(Option.JOBS, 1).open()) {
      final CertpushException.Incomplete told =
          failure(
              CertpushException.Incomplete.class,
              () ->
                  client.pushAll(
                      targets,
                      CallOptions.NONE.progress(
                          (index, report) -> {
                            throw thrown;
                          })));
      assertSame(thrown, told.getCause());
      assertEquals(4, told.targets().size());
      assertEquals(Status.NOT_TRIED, told.targets().get(3).status());
    }
  }

  @Test
  public void an_interrupt_ends_a_list() throws Exception {
    try (Client client = Service.options().open()) {
      final Thread main = Thread.currentThread();
      final Thread other =
          new Thread(
              () -> {
                Service.until(() -> Service.received(SILENT) == 1);
                main.interrupt();
              });
      other.start();
      final CertpushException.Incomplete told =
          failure(
              CertpushException.Incomplete.class,
              () -> client.pushAll(List.of(new Target(SILENT, PROJECT, "ELB"), new Target(GOOD, PROJECT, "ELB"))));
      assertTrue(Thread.interrupted());
      assertTrue(told.targets().get(0).outcomeUnknown());
      assertFalse(told.targets().get(1).outcomeUnknown());
      other.join();
    }
  }

  @Test
  public void a_journal_keeps_what_is_unknown_until_it_is_settled() throws Exception {
    final Path folder = Files.createTempDirectory("certpush");
    final Path journal = folder.resolve("targets.journal");
    try (Client client = Service.options().option(Option.JOURNAL, journal).open()) {
      client.push(GOOD, PROJECT, "ELB");
      failure(CertpushException.BadRequest.class, () -> client.push(FAILED, PROJECT, "ELB"));
      // While a client has it, nobody can tell.
      failure(CertpushException.InvalidConfig.class, () -> Client.settle(journal, FAILED, PROJECT, "ELB", false));
      failure(CertpushException.InvalidConfig.class, () -> Client.unsettled(journal));
    }
    // Its close has given the journal free.
    try (Client client = Service.options().option(Option.JOURNAL, journal).open()) {
      assertEquals(0, client.push(GOOD, PROJECT, "ELB").attempts());
      assertEquals(1, client.push(GOOD, PROJECT, "ELB", CallOptions.NONE.again()).attempts());
      assertTrue(
          failure(CertpushException.Unsettled.class, () -> client.push(FAILED, PROJECT, "ELB")).outcomeUnknown());
    }
    final List<Report> unsettled = Client.unsettled(journal);
    assertEquals(1, unsettled.size());
    final Report open = unsettled.get(0);
    assertEquals(Status.UNSETTLED, open.status());
    assertEquals(FAILED + PROJECT + "ELB", open.certificateId() + open.targetProject() + open.targetService());
    assertTrue(open.outcomeUnknown());
    Client.settle(journal, FAILED, PROJECT, "ELB", true);
    assertTrue(Client.unsettled(journal).isEmpty());
    try (Client client = Service.options().option(Option.JOURNAL, journal).open()) {
      assertEquals(0, client.push(FAILED, PROJECT, "ELB").attempts());
    }
    assertEquals(2, Service.received(GOOD));
    assertEquals(1, Service.received(FAILED));
    Files.delete(journal);
    Files.delete(folder);
  }

  @Test
  public void a_file_whose_name_is_no_text_is_refused_and_no_other_taken() throws Exception {
    final Path folder = Files.createTempDirectory("certpush");
    final Path journal = Paths.get(URI.create(folder.toUri() + "targets%ff.journal"));
    failure(CertpushException.InvalidArgument.class, () -> Service.options().option(Option.JOURNAL, journal).open());
    failure(CertpushException.InvalidArgument.class, () -> Client.unsettled(journal));
    failure(CertpushException.InvalidArgument.class, () -> Client.settle(journal, GOOD, PROJECT, "ELB", true));
    assertEquals(0, folder.toFile().list().length);
    Files.delete(folder);
  }

  @Test
  public void an_exception_keeps_every_member_when_it_is_serialised() throws Exception {
    try (Client client = Service.options().open()) {
      final CertpushException.Incomplete told =
          failure(CertpushException.Incomplete.class, () -> client.batchPush(TWO_PROJECTS, List.of("a", "b"), "ELB"));
      final CertpushException.Incomplete copy = (CertpushException.Incomplete) copied(told);
      assertEquals(told.report().json(), copy.report().json());
      assertEquals(told.getMessage(), copy.getMessage());
      assertTrue(copy.outcomeUnknown());
      assertEquals("id-of-a", copy.targets().get(0).targetCertificateId());
    }
  }

  @Test
  public void a_report_that_is_lost_says_that_the_certificate_may_have_been_pushed() throws Exception {
    try (Client client = Service.options().open()) {
      final Report report = client.push(GOOD, PROJECT, "ELB");
      final Field json = Report.class.getDeclaredField("json");
      json.setAccessible(true);
      for (String lost : Arrays.asList(null, "", "{\"status\":0,\"outcome")) {
        json.set(report, lost);
        final Report copy = (Report) copied(report);
        assertTrue(copy.outcomeUnknown());
        assertEquals(Status.INVALID_ARGUMENT, copy.status());
        assertFalse(copy.retryable());
      }
    }
    assertTrue(new Report("{\"status\":0}").outcomeUnknown());
  }

  @Test
  public void a_text_of_the_report_is_read_as_json_writes_it() {
    final Report read =
        new Report(
            "{\"later\":1.5e3,\"message\":\"\\\"a\\\\\\/\\b\\f\\n\\r\\t\\u63a8\\ud83d\\ude00\","
                + "\"outcome_unknown\":false}");
    assertEquals("\"a\\/\b\f\n\r\t推😀", read.message());
    assertFalse(read.outcomeUnknown());
  }

  @Test
  public void every_status_has_an_exception_of_its_own() throws Exception {
    for (Field status : Status.class.getFields()) {
      final int number = status.getInt(null);
      final CertpushException made = CertpushException.of(new Report("{\"status\":" + number + "}"), null, null);
      assertEquals(number == Status.OK, made.getClass() == CertpushException.class);
      assertEquals(number, made.status());
    }
    assertEquals(
        CertpushException.class, CertpushException.of(new Report("{\"status\":98}"), null, null).getClass());
  }

  private static Object copied(Object object) throws Exception {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
      output.writeObject(object);
    }
    try (ObjectInputStream input = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return input.readObject();
    }
  }

  /** What a push has thrown, null if nothing. */
  private static Throwable cause(Future<Report> push) throws InterruptedException {
    try {
      assertNotNull(push.get());
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }
}
