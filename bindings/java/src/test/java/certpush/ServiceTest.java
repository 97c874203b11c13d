package certpush;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

/** The service of SERVICE.md, while it is deployed anew, stopped and killed. */
public final class ServiceTest {
  private static final int TARGETS = 1000;
  private static final int THREADS = 8;
  private static final Pattern PROJECT = Pattern.compile("\"target_project\":\"(p\\d+)\"");

  private Program simulator;
  private String endpoint;
  private Path folder;
  private Path journal;

  @Before
  public void begin() throws IOException {
    simulator = Program.simulator("--any-project");
    endpoint = simulator.line().replaceAll(".*\"http\":\"([^\"]*)\".*", "$1");
    folder = Files.createTempDirectory("certpush");
    journal = folder.resolve("service.journal");
  }

  @After
  public void end() throws IOException {
    simulator.close();
    Files.deleteIfExists(journal);
    Files.delete(folder);
  }

  @Test
  public void a_service_that_is_deployed_anew_while_it_pushes_pushes_nothing_twice() throws Exception {
    Files.deleteIfExists(journal);
    final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int round = 1; round <= 6; round++) {
      loaders.add(deployed(told::add, round < 6 ? round * TARGETS / 8 : TARGETS));
    }
    assertEachOnceAtMost(told);
    Service.until(
        () -> {
          System.gc();
          // JNA forgets what was collected when it is used again.
          Service.options().open().close();
          return loaders.stream().allMatch(loader -> loader.get() == null);
        });
  }

  /** Deploys the service with classes of its own, gives it all targets, and closes it when so many are pushed. */
  private WeakReference<ClassLoader> deployed(Consumer<String> told, int enough) throws Exception {
    final ClassLoader loader = new Deployed();
    final Class<?> type = loader.loadClass("PushService");
    try (AutoCloseable service = (AutoCloseable) open(type, told)) {
      final List<Future<?>> pushes = new ArrayList<>();
      for (int i = 0; i < TARGETS; i++) {
        pushes.add(
            (Future<?>)
                type.getMethod("push", String.class, String.class, String.class)
                    .invoke(service, Service.GOOD, "p" + i, "ELB"));
      }
      if (enough == TARGETS) {
        for (Future<?> push : pushes) {
          push.get();
        }
      }
      Service.until(() -> enough == TARGETS || copies().size() >= enough);
    }
    return new WeakReference<>(loader);
  }

  private Object open(Class<?> type, Consumer<String> told) throws Exception {
    final Class<?> client = type.getClassLoader().loadClass("certpush.Client");
    final Object options = client.getMethod("builder").invoke(null);
    final Map<String, Object> given =
        Map.of("endpoint", endpoint, "token_file", System.getenv("SERVICE_TOKEN_FILE"), "journal", journal);
    for (Map.Entry<String, Object> option : given.entrySet()) {
      options
          .getClass()
          .getMethod("option", String.class, Object.class)
          .invoke(options, option.getKey(), option.getValue());
    }
    return type.getConstructor(options.getClass(), int.class, Consumer.class).newInstance(options, THREADS, told);
  }

  @Test
  public void a_service_that_is_killed_while_it_pushes_pushes_nothing_twice() throws Exception {
    final StringBuilder targets = new StringBuilder();
    for (int i = 0; i < TARGETS; i++) {
      targets.append(Service.GOOD + ",p" + i + ",ELB\n");
    }
    for (int round = 1; round <= 3; round++) {
      final int enough = round * TARGETS / 5;
      try (Program service = service()) {
        // It waits when nobody reads what it says.
        final Thread reading = new Thread(service::lines);
        reading.start();
        service.give(targets.toString());
        Service.until(() -> copies().size() >= enough);
        service.signal("KILL");
        reading.join();
      }
    }
    final List<String> told;
    try (Program service = service()) {
      service.give(targets.toString());
      told = service.lines();
    }
    final int unsettled = assertEachOnceAtMost(told);
    assertTrue(unsettled + " are unsettled", unsettled <= 3 * THREADS);

    // What nobody knows is looked up, and settled as what it is.
    final List<String> settle = new ArrayList<>(List.of("Settle", journal.toString()));
    settle.addAll(copies().keySet());
    try (Program settled = Program.java(endpoint, settle.toArray(new String[0]))) {
      assertEquals(unsettled, settled.lines().size());
    }
    try (Program service = service()) {
      service.give(targets.toString());
      assertTrue(service.lines().stream().allMatch(line -> line.startsWith("pushed ")));
      assertEquals(0, service.process.waitFor());
    }
    assertEquals(TARGETS, copies().size());
    assertEachOnce();
  }

  @Test
  public void a_service_that_is_stopped_tells_what_became_of_what_was_under_way() throws Exception {
    Service.forget();
    try (Program service =
        Program.java(System.getenv("SERVICE_ENDPOINT"), "PushService", journal.toString(), "2")) {
      service.give(Service.SILENT + ",p1,ELB\n" + Service.SILENT + ",p2,ELB\n" + Service.GOOD + ",p3,ELB\n");
      Service.until(() -> Service.received(Service.SILENT) == 2);
      service.signal("TERM");
      final List<String> lines = service.lines();
      assertEquals(2, lines.size());
      assertTrue(lines.stream().allMatch(line -> line.startsWith("unknown " + Service.SILENT)));
      assertEquals(143, service.process.waitFor());
    }
    assertEquals(0, Service.received(Service.GOOD));
  }

  @Test
  public void a_service_that_is_given_no_target_pushes_nothing_and_ends() throws Exception {
    for (String line : List.of("", Service.GOOD + ",p2", Service.GOOD + ",p2,ELB,")) {
      try (Program service = service()) {
        service.give(Service.GOOD + ",p1,ELB\n" + line + "\n");
        assertEquals(List.of(), service.lines());
        assertEquals(2, service.process.waitFor());
      }
    }
    assertTrue(copies().isEmpty());
    assertFalse(Files.exists(journal));
  }

  private Program service() {
    return Program.java(endpoint, "PushService", journal.toString(), Integer.toString(THREADS));
  }

  /** How often each project has got the certificate. */
  private Map<String, Integer> copies() {
    final Map<String, Integer> copies = new HashMap<>();
    final Matcher project = PROJECT.matcher(Service.ask(endpoint, "GET", "pushed"));
    while (project.find()) {
      copies.merge(project.group(1), 1, Integer::sum);
    }
    return copies;
  }

  private void assertEachOnce() {
    copies().forEach((project, count) -> assertEquals(project, 1, (int) count));
  }

  /** No target has got it twice; what the last deployment said of each is so. Returns how many are unsettled. */
  private int assertEachOnceAtMost(Collection<String> told) {
    assertEachOnce();
    final Map<String, String> last = new HashMap<>();
    told.forEach(line -> last.put(line.split(",")[1], line.split(" ")[0]));
    assertEquals(TARGETS, last.size());
    final Map<String, Integer> copies = copies();
    int unsettled = 0;
    for (Map.Entry<String, String> target : last.entrySet()) {
      if ("pushed".equals(target.getValue())) {
        assertTrue(target.getKey(), copies.containsKey(target.getKey()));
      } else {
        assertEquals(target.getKey(), "unsettled", target.getValue());
        unsettled++;
      }
    }
    return unsettled;
  }

  /** Loads the service and the module anew, as a server does for each deployment; JNA is the server's own. */
  private static final class Deployed extends ClassLoader {
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("certpush.") && !name.startsWith("PushService")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        final Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      final URL file = getResource(name.replace('.', '/') + ".class");
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      try (InputStream stream = file.openStream()) {
        final byte[] bytes = stream.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
