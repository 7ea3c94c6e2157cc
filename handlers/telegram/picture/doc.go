// Package picture draws the gift card that a buyer receives: the amount, the
// network, the card id and a QR code, in the network's colours.
//
// The QR code alone is enough to redeem the card: it holds the card id, the
// secret and where to redeem as plain lines (Payload). Nothing but the QR code
// shows the secret, and no error does.
//
// How a picture is made:
//
//	canvas    one byte a pixel, a tone from 0 (ink) to 255 (white)
//	backdrop  gradient, ribbons, lines and the white panel: drawn once,
//	          copied for each card
//	theme     a network's 256 colours, one for each tone, and its emblem
//	texts     fonts, fitting, and what to do with letters they lack
//
// Everything is a tone and the colours are the palette of the PNG: that keeps
// a picture a third of the size and of the work of one in full colour, and no
// gradient shows steps, because all 256 colours lie on it. 1280 pixels is the
// longest side that Telegram shows without scaling.
package picture
