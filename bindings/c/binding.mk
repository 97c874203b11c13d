# C: the library, and the header.

c.title := C
c.source := bindings/c/examples/push.c
c.example := $(BUILT)/push-c
c.driver := $(BUILT)/driver-c

build-c: library

example-c: library | $(BUILT)
	$(CC) -std=c99 $(C_FLAGS) bindings/c/examples/hello.c -o $(BUILT)/hello-c $(LINK)
	$(CC) -std=c99 $(C_FLAGS) bindings/c/examples/push.c -o $(BUILT)/push-c $(LINK)

driver-c: library | $(BUILT)
	$(CC) -std=c99 $(C_FLAGS) bindings/c/driver.c -o $(BUILT)/driver-c $(LINK)

test-c: crates
	CC="$(CC)" CXX="$(CXX)" $(call RECORDED,c) tests/c/run.sh $(RELEASE) $(SIM) $(DEBUG)/libbeside.a
