// Package univoucher has gift cards minted on a chain by UniVoucher (univoucher
// sheet). A creation is paid by our wallet, knows no idempotency key, and hands
// the secret of a card over exactly once, in a callback: so it is sent once and
// never again from in here, and whatever its answer leaves open is looked up in
// the vendor's card list and on the chain itself. Only the files called adapter
// know our order package.
//
// The wallet's key travels in the body of a creation. PrivateKey and Secret
// print, log and marshal as a mask.
package univoucher
