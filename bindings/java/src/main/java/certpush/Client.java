package certpush;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Pushes certificates that Huawei Cloud's certificate manager holds to the services that serve them: load balancers
 * (ELB), web application firewalls (WAF), the CDN.
 *
 * <p>Any number of threads may share a client, and it keeps a connection for each. A call blocks its thread until it
 * is over, at most for the option timeout_ms; {@link Thread#interrupt} (so also Future.cancel(true) and shutdownNow())
 * ends it within 0.1 seconds with {@link CertpushException.Cancelled}, and the thread stays interrupted. Every call
 * throws {@link CertpushException}, which tells whether the certificate may have been pushed all the same. Since 0.2.0.
 */
public final class Client implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Calls calls;
  private final Handle handle;
  private final Cleaner.Cleanable net;

  /** Gets a line for each push and each warning, on the thread that makes the call. No line holds a secret. */
  public interface Log {
    // generated: levels
    /** A push that succeeded. */
    int INFO = 1;

    /** Something to look at, though the call went on. */
    int WARNING = 2;

    /** A push that failed. */
    int ERROR = 3;
    // end of generated

    /** The level is one of those above. */
    void line(int level, String line);
  }

  /** Gives the token of each push, on the thread that makes the call. */
  public interface TokenSource {
    /** What it throws is the cause of the exception that the push throws; its text may be shown and logged. */
    String token() throws Exception;
  }

  /** Is told of each entry of a list when it has ended, on the thread that pushes the list, one at a time. */
  public interface Progress {
    /** Whether to go on: after false no more is begun. The index is the entry's place in the list, from 0. */
    boolean ended(int index, Report report);
  }

  private Client(Calls calls, Handle handle) {
    this.calls = calls;
    this.handle = handle;
    this.net = CLEANER.register(this, handle::close);
  }

  /** A client's options, all of which have their defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a client is made of. One thread at a time. Since 0.2.0. */
  public static final class Builder {
    private final Map<String, byte[]> options = new LinkedHashMap<>();
    private boolean environment;
    private Log log;
    private TokenSource source;

    private Builder() {}

    /**
     * Sets one of the {@link Option}s to a text, a whole number, a truth value, a file's path or a {@link Duration}.
     * It counts more than the environment.
     */
    public Builder option(String key, Object value) {
      final byte[] text;
      if (value instanceof Path) {
        text = Calls.utf8((Path) value);
      } else if (value instanceof Duration) {
        text = Calls.utf8(Long.toString(CallOptions.milliseconds((Duration) value)));
      } else {
        text = Calls.utf8(value.toString());
      }
      options.put(Objects.requireNonNull(key, "key"), text);
      return this;
    }

    /** Reads the options from the environment: CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and so on. */
    public Builder environment() {
      environment = true;
      return this;
    }

    /** Has a log called. What it throws is the cause of the call's exception, and else goes to the thread's handler. */
    public Builder log(Log called) {
      log = called;
      return this;
    }

    /** Has a source asked for each push's token, instead of any credential among the options. */
    public Builder tokenSource(TokenSource asked) {
      source = asked;
      return this;
    }

    /**
     * Makes the client. It sends nothing.
     *
     * @throws CertpushException.InvalidConfig if an option is wrong or missing, or a file cannot be read
     */
    public Client open() {
      final Calls calls = Calls.library();
      final Object interrupt = calls.interrupt(Callbacks::interrupted);
      final Object logged = log == null ? null : calls.log(Callbacks.log(calls, log));
      final Object asked = source == null ? null : calls.tokenSource(Callbacks.tokenSource(calls, source));
      final Calls.Out made = new Calls.Out();
      final Object config = calls.pointer("certpush_config_new");
      try {
        options.forEach((key, value) -> calls.check("certpush_config_set_n", config, Calls.utf8(key), value));
        if (environment) {
          calls.check("certpush_config_load_env", config);
        }
        calls.check("certpush_config_set_interrupt", config, interrupt, null);
        calls.check("certpush_config_set_log", config, logged, null);
        calls.check("certpush_config_set_token_source", config, asked, null);
        calls.check("certpush_client_new", config, made);
      } finally {
        calls.number("certpush_config_free", config);
      }
      return new Client(calls, new Handle(calls, made.value, interrupt, logged, asked));
    }
  }

  /** {@link #push(String, String, String, CallOptions)} as the client's options say. */
  public Report push(String certificateId, String targetProject, String targetService) {
    return push(certificateId, targetProject, targetService, CallOptions.NONE);
  }

  /**
   * Pushes a certificate, and waits for the answer.
   *
   * @param certificateId 16 ASCII letters or digits
   * @param targetProject a project's name, such as the region ap-southeast-3; "" for the CDN alone
   * @param targetService ELB, WAF or CDN; any other is sent as given
   * @throws CertpushException if the service did not say that it pushed the certificate
   */
  public Report push(String certificateId, String targetProject, String targetService, CallOptions options) {
    final byte[] id = Calls.utf8(certificateId);
    final byte[] project = Calls.utf8(targetProject);
    final byte[] service = Calls.utf8(targetService);
    final String function = options.again ? "certpush_push_again_n" : "certpush_push_n";
    return call(
            client -> {
              final Calls.Out report = new Calls.Out();
              calls.number(function, client, id, project, service, options.timeoutMs, null, report);
              return new BatchReport(calls.take(report), List.of());
            })
        .report();
  }

  /** {@link #batchPush(String, List, String, CallOptions)} as the client's options say. */
  public BatchReport batchPush(String certificateId, List<String> targetProjects, String targetService) {
    return batchPush(certificateId, targetProjects, targetService, CallOptions.NONE);
  }

  /**
   * Pushes a certificate to one service in 1 to 10 projects by one request. One time-out leaves all of them unknown.
   *
   * @throws CertpushException.Incomplete with a report for each project, if one of them did not get it
   * @throws CertpushException for what fails as a whole: what it says of the outcome holds for every project
   */
  public BatchReport batchPush(
      String certificateId, List<String> targetProjects, String targetService, CallOptions options) {
    final byte[] id = Calls.utf8(certificateId);
    if (targetProjects.stream().anyMatch(name -> name.contains(","))) {
      throw CertpushException.of(
          Report.refused(
              Status.INVALID_ARGUMENT,
              "CERTPUSH_INVALID_ARGUMENT",
              "arguments",
              "a name in target_projects has a comma"),
          null,
          null);
    }
    final byte[] projects = Calls.utf8(String.join(",", targetProjects));
    final byte[] service = Calls.utf8(targetService);
    return call(
        client -> {
          final Calls.Out list = new Calls.Out();
          final Calls.Out report = new Calls.Out();
          calls.number(
              "certpush_batch_push_n", client, id, projects, service, options.timeoutMs, null, list, report);
          return new BatchReport(calls.take(report), calls.takeList(list));
        });
  }

  /** {@link #pushAll(List, CallOptions)} as the client's options say. */
  public BatchReport pushAll(List<Target> targets) {
    return pushAll(targets, CallOptions.NONE);
  }

  /**
   * Pushes each entry by a request of its own, as many at the same time as the option jobs says, and waits for all.
   *
   * @throws CertpushException.Incomplete with a report for each entry, if one of them is not pushed
   * @throws CertpushException if nothing was sent, because an entry is refused, say
   */
  public BatchReport pushAll(List<Target> targets, CallOptions options) {
    return pushAll(
        list -> {
          for (Target target : targets) {
            calls.check(
                "certpush_push_list_add_n",
                list,
                Calls.utf8(target.certificateId),
                Calls.utf8(target.targetProject),
                Calls.utf8(target.targetService));
          }
        },
        options);
  }

  /** {@link #pushAll(String, CallOptions)} as the client's options say. */
  public BatchReport pushAll(String list) {
    return pushAll(list, CallOptions.NONE);
  }

  /** As {@link #pushAll(List, CallOptions)}, for a list in CSV or JSON Lines. */
  public BatchReport pushAll(String list, CallOptions options) {
    return pushAll(made -> calls.check("certpush_push_list_read_n", made, Calls.utf8(list)), options);
  }

  private BatchReport pushAll(Consumer<Object> fill, CallOptions options) {
    final String function = options.again ? "certpush_push_all_again" : "certpush_push_all";
    final Object progress =
        options.progress == null ? null : calls.progress(Callbacks.progress(calls, options.progress));
    final Object list = calls.pointer("certpush_push_list_new");
    try {
      fill.accept(list);
      return call(
          client -> {
            final Calls.Out reports = new Calls.Out();
            final Calls.Out report = new Calls.Out();
            calls.number(function, client, list, options.timeoutMs, progress, null, null, reports, report);
            return new BatchReport(calls.take(report), calls.takeList(reports));
          });
    } finally {
      calls.number("certpush_push_list_free", list);
      Reference.reachabilityFence(progress);
    }
  }

  /**
   * What a journal does not know the end of: the pushes to be settled, each with the report UNSETTLED that a run gives
   * it, the oldest first. The client that has the journal must be closed.
   *
   * @throws CertpushException.InvalidConfig if the file is no journal, cannot be read, or is in use
   */
  public static List<Report> unsettled(Path journal) {
    final Calls calls = Calls.library();
    final Calls.Out list = new Calls.Out();
    calls.check("certpush_journal_unsettled_n", Calls.utf8(journal), list);
    return calls.takeList(list);
  }

  /**
   * Writes into a journal what a person, or a look at the target, has found out about a push of which nobody knew
   * whether it was made. The client that has the journal must be closed.
   */
  public static void settle(
      Path journal, String certificateId, String targetProject, String targetService, boolean pushed) {
    Calls.library()
        .check(
            "certpush_journal_settle_n",
            Calls.utf8(journal),
            Calls.utf8(certificateId),
            Calls.utf8(targetProject),
            Calls.utf8(targetService),
            pushed ? 1 : 0);
  }

  /**
   * Ends the running calls, which throw {@link CertpushException.Cancelled} and tell whether the certificate may have
   * been pushed, waits for them, and frees the client and its journal; in a function that one of those calls has
   * called, it does not wait. Later calls are refused. It may be called by any thread, and more than once.
   */
  @Override
  public void close() {
    handle.close();
    net.clean();
  }

  private BatchReport call(Function<Object, BatchReport> called) {
    final Object client = handle.enter();
    final BatchReport told;
    Throwable thrown = null;
    try {
      told = called.apply(client);
    } finally {
      thrown = Callbacks.thrown();
      handle.leave();
      Reference.reachabilityFence(this);
    }
    if (told.report().status() != Status.OK) {
      throw CertpushException.of(told.report(), told.targets(), thrown);
    }
    if (thrown != null) {
      final Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }
    return told;
  }

  /** The client in C, which the last call on it frees once it is closed. It knows nothing of the client above. */
  private static final class Handle {
    private final Calls calls;
    private final List<Thread> running = new ArrayList<>();
    private Object client;
    private boolean closed;

    /** What C calls, which lives as long as the client does. */
    @SuppressWarnings("unused")
    private Object[] functions;

    Handle(Calls calls, Object client, Object... functions) {
      this.calls = calls;
      this.client = client;
      this.functions = functions;
    }

    synchronized Object enter() {
      if (closed) {
        throw CertpushException.of(
            Report.refused(
                Status.CANCELLED, "CERTPUSH_CANCELLED", "start", "the client is closed; nothing was sent"),
            null,
            null);
      }
      running.add(Thread.currentThread());
      return client;
    }

    synchronized void leave() {
      running.remove(Thread.currentThread());
      free();
    }

    synchronized void close() {
      if (!closed) {
        closed = true;
        calls.number("certpush_client_close", client);
        free();
      }
      boolean interrupted = false;
      while (client != null && !running.contains(Thread.currentThread())) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private void free() {
      if (closed && client != null && running.isEmpty()) {
        calls.number("certpush_client_free", client);
        client = null;
        functions = null;
        notifyAll();
      }
    }
  }
}
