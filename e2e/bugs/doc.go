// Package bugs proves that the suite notices when the shop breaks a rule of
// money (PROOF §2, Power). Each NN-name.patch plants one bug in the code that
// ships, a header above it says which rule it breaks and what has to notice:
//
//	Rule:      the rule, as order/doc.go or DESIGN has it
//	Bug:       what the shop does instead
//	Caught by: sim <words of the verdict, with commas>
//	Diet:      the world it is hunted in (e2e/sim/diets_test.go), none for the whole one
//
// or, where no story of a shop can show it, or a test of one package does at once:
//
//	Caught by: go test ./store -run 'TestA|TestB'
//
// A patch is applied to copies, which replace the files for one build of the
// catcher (go test -overlay): nothing in the shop knows of it, and the embedded
// Lua is patched the same way. What catches must fail with the patch and pass
// without: a story of the simulation is told again, with the same seed, in the
// shop as it is.
//
// A patch that no longer applies is drawn anew: plant the bug by hand, put the
// diff (git diff -U2) below the header, and take the bug out again.
//
//	go test ./e2e/bugs                   every patch applies
//	go test ./e2e/bugs -bugs=5 -v        five of them are caught, others every day
//	go test ./e2e/bugs -bugs=all -v      all of them; -write renews README.md
//	go test ./e2e/bugs -bugs=cap,fence   those whose names contain one of the words
package bugs
