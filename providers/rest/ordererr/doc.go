// Package ordererr tells the order engine what a failed call means: the same
// for every vendor, except how one says no. It is not part of rest, which does
// not know order.
package ordererr
