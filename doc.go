// Package fixfirst is the root of the project and holds no code but tests of its order. Start reading at README.md, then
// docs/architecture.md; the program is cmd/fixfirst.
package fixfirst
