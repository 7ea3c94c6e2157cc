package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"sync"
)

const (
	packMark   = 0x01    // begins packed bytes; JSON never does
	packedMost = 4 << 20 // bytes a packed record may hold
)

// Packer makes records small: DEFLATE with a dictionary of what stands in every
// one of them. Safe for concurrent use.
type Packer struct {
	dictionary []byte
	writers    sync.Pool
	readers    sync.Pool
}

// NewPacker returns a packer. What was packed opens only with the dictionary it
// was packed with: a dictionary never changes.
func NewPacker(dictionary string) *Packer { return &Packer{dictionary: []byte(dictionary)} }

// Pack returns the packed bytes, or the plain ones where packing does not help.
func (p *Packer) Pack(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte(packMark)
	w, ok := p.writers.Get().(*flate.Writer)
	if ok {
		w.Reset(&out)
	} else {
		var err error
		if w, err = flate.NewWriterDict(&out, flate.DefaultCompression, p.dictionary); err != nil {
			return nil, fmt.Errorf("store: pack: %w", err)
		}
	}
	_, err := w.Write(plain)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("store: pack: %w", err)
	}
	p.writers.Put(w)
	if out.Len() >= len(plain) {
		return plain, nil
	}
	return out.Bytes(), nil
}

// Unpack returns what was packed. Bytes that were never packed come back as
// they are.
func (p *Packer) Unpack(data []byte) ([]byte, error) {
	if len(data) == 0 || data[0] != packMark {
		return data, nil
	}
	from := bytes.NewReader(data[1:])
	r, ok := p.readers.Get().(io.ReadCloser)
	if resetter, can := r.(flate.Resetter); ok && can {
		if err := resetter.Reset(from, p.dictionary); err != nil {
			return nil, fmt.Errorf("store: unpack: %w", err)
		}
	} else {
		r = flate.NewReaderDict(from, p.dictionary)
	}
	plain, err := io.ReadAll(io.LimitReader(r, packedMost+1))
	if err != nil {
		return nil, fmt.Errorf("store: unpack: %w", err)
	}
	if len(plain) > packedMost {
		return nil, fmt.Errorf("store: unpack: %w", errRecord)
	}
	p.readers.Put(r)
	return plain, nil
}

// Readable returns a value of Redis with what is packed in it unpacked, for
// people and for tests that search it.
func Readable(value string) string {
	version, rest, ok := strings.Cut(value, " ")
	ops, body, packed := strings.Cut(rest, " ")
	if !ok || !packed || body == "" || body[0] != packMark {
		return value
	}
	plain, err := NewPacker(orderWords).Unpack([]byte(body))
	if err != nil {
		return value
	}
	return version + " " + ops + " " + string(plain)
}

// orderWords is the dictionary of order records: an order of each kind as it is
// stored, the most usual last. Changing it makes every stored order unreadable.
const orderWords = `"held","n":"supplier_slow"},"f":["held","late","over","short","twice","unclear"],"r":"payment_unread","o":["purchase_unclear"],` +
	`"s":"expired","s":"cancelled","s":"refunded","s":"confirming","s":"awaiting_payment","s":"unclear","s":"failed","w":"expired"},"w":"cancelled"},"w":"confirming"},` +
	`{"i":"univoucher:8453-USDC","v":"univoucher","k":"8453-USDC","n":"Base USDC","q":1,"p":27890000,"c":25350000,"s":"got","a":[{"n":1,"k":"","f":17,"w":1,"o":"done","x":"102100001","e":"","q":17}],` +
	`"g":1,"d":25350000,"z":"/QJrM","h":"card","f":25000000,"u":"univoucher:8453-USDC","e":"/QJrM","w":15}],` +
	`{"i":"plexy:","v":"plexy","k":"456@USD","n":"Top Up","q":1,"p":13750000,"c":12500000,"s":"got","h":"top_up","f":10000000,"u":"plexy:USD","e":"/QJrM"}],"g":"inventpay","s":"open","s":"sent",` +
	`"u":"https://checkout.infini.money/pay/","t":"https://t.me/?start=o_","e":17` +
	`{"n":"","u":,"g":"ru","g":"en","s":"delivered","l":[{"i":"infinivoucher:","v":"infinivoucher","k":"","n":"","q":1,"p":1000000,"c":850000,"s":"got",` +
	`"a":[{"n":1,"k":"-4-8-9-a-b","f":17,"w":1,"o":"done","x":"order_"}],"g":1,"d":850000,"z":"/QJrM"}],` +
	`"p":[{"n":1,"g":"infini","s":"closed","a":1000000,"k":"-4-8-9-a-b","l":3600,"f":17,"w":1,"x":"-4-8-9-a-b","e":17,"b":1000000,"d":true}],` +
	`"t":1000000,"c":17,"x":17,"m":1,"h":[{"t":17,"w":"placed"},{"t":17,"w":"received","n":"1.00"},{"t":17,"w":"paid","n":"1.00"},{"t":17,"w":"fulfilling"},` +
	`{"t":17,"w":"bought","n":"1"},{"t":17,"w":"ready"},{"t":17,"w":"delivered"}]}`
