# C++: a header around the C library.

cpp.title := C++
cpp.source := bindings/cpp/examples/push.cpp
cpp.example := $(BUILT)/push-cpp
cpp.driver := $(BUILT)/driver-cpp

build-cpp: library

example-cpp: library | $(BUILT)
	$(CXX) -std=c++17 $(C_FLAGS) bindings/cpp/examples/push.cpp -o $(BUILT)/push-cpp $(LINK)

driver-cpp: library | $(BUILT)
	$(CXX) -std=c++17 $(C_FLAGS) bindings/cpp/driver.cpp -o $(BUILT)/driver-cpp $(LINK)

test-cpp: crates
	CC="$(CC)" CXX="$(CXX)" $(call RECORDED,cpp) tests/cpp/run.sh $(RELEASE) $(SIM)
