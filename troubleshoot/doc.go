// Package troubleshoot holds the nouns of Fixfirst, their values and their named limits. It is pure: no I/O, no clock.
package troubleshoot
