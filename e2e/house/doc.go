// Package house holds the rules of the house as tests: who may import whom (imports_test.go), where floats are banned
// (floats_test.go), how long, documented and stateless code is (style_test.go), which dependencies there are and why
// (deps_test.go), and how the container is closed (container_test.go).
//
// Every rule is a pure function from parsed files to complaints, so that it is tried twice: on the repository, where it
// must find nothing, and on planted violations (power_test.go), where it must find each one. A rule is changed here, in
// the open, with its reason; there is no way to switch one off from the code it judges.
package house
