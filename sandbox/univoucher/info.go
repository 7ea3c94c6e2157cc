package univoucher

import (
	"net/http"
	"strconv"

	"giftbot/sandbox/kit"
)

func (v *Vendor) health(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	sick := v.set.Unhealthy
	v.mu.Unlock()
	if sick {
		kit.WriteJSON(w, http.StatusServiceUnavailable, fields{"status": "error", "message": "maintenance"})
		return
	}
	kit.WriteJSON(w, http.StatusOK, fields{"status": "ok", "message": "UniVoucher API is running"})
}

func (v *Vendor) index(w http.ResponseWriter, _ *http.Request) {
	kit.WriteJSON(w, http.StatusOK, fields{
		"name": "UniVoucher API", "version": "1.0.0",
		"endpoints": []string{
			"/health", "/cards/single", "/cards/all", "/cards/create", "/fees/current", "/fees/history/{chainId}", "/chains", "/callbacks",
		},
	})
}

func (v *Vendor) describeCallbacks(w http.ResponseWriter, _ *http.Request) {
	kit.WriteJSON(w, http.StatusOK, fields{
		"timeout": "10 seconds", "retryAttempts": 3, "retryDelays": []string{"1s", "5s", "15s"},
		"headers": []string{"Content-Type", "User-Agent", "X-UniVoucher-Timestamp"},
	})
}

// activeChain finds a chain by the text of its id; the lock is held.
func (v *Vendor) activeChain(text string) *chain {
	id, err := strconv.ParseInt(text, 10, 64)
	if c := v.byChain[id]; err == nil && c != nil && !c.inactive {
		return c
	}
	return nil
}

// listChains answers all chains, or one bare (univoucher sheet §12).
func (v *Vendor) listChains(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if text := r.URL.Query().Get("chain"); text != "" {
		c := v.activeChain(text)
		if c == nil {
			missing("Chain not found").answer(w)
			return
		}
		kit.WriteJSON(w, http.StatusOK, c.describe())
		return
	}
	out := []fields{}
	for _, c := range v.chains {
		if !c.inactive {
			out = append(out, c.describe())
		}
	}
	kit.WriteJSON(w, http.StatusOK, fields{"chains": out})
}

// describe names RPC hosts that resolve to nothing: chain addresses are the
// shop's own settings, not what a vendor answers (DESIGN §5).
func (c *chain) describe() fields {
	id := strconv.FormatInt(c.id, 10)
	return fields{
		"id": c.id, "name": c.name, "chainPrefix": c.prefix, "contractAddress": contractAddress, "deploymentBlock": 1_000_000,
		"explorerUrl": c.explorer, "feePercentage": fraction(c.feePoints),
		"nativeCurrencyName": c.coin, "nativeCurrencySymbol": c.symbol, "nativeCurrencyDecimals": 18,
		"nativeCurrencyLogo": "https://univoucher.invalid/coins/" + c.symbol + ".svg",
		"chainLogo":          "https://univoucher.invalid/chains/" + id + ".svg", "assetPlatformId": c.platform,
		"rpcUrl": "https://rpc.invalid/" + id, "rpcUrl2": "https://rpc2.invalid/" + id,
	}
}

func (v *Vendor) currentFees(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if text := r.URL.Query().Get("chainId"); text != "" {
		c := v.activeChain(text)
		if c == nil {
			missing("Chain not found or inactive").answer(w)
			return
		}
		kit.WriteJSON(w, http.StatusOK, fields{"feePercentage": fraction(c.feePoints)})
		return
	}
	out := fields{}
	for _, c := range v.chains {
		if !c.inactive {
			out[strconv.FormatInt(c.id, 10)] = fraction(c.feePoints)
		}
	}
	kit.WriteJSON(w, http.StatusOK, out)
}

func (v *Vendor) feeHistory(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.activeChain(r.PathValue("chain"))
	if c == nil {
		missing("Chain not found or inactive").answer(w)
		return
	}
	history := []fields{}
	for _, change := range c.fees {
		history = append(history, fields{
			"oldFeePercentage": fraction(change.from), "newFeePercentage": fraction(change.to),
			"oldFeeBasisPoints": change.from, "newFeeBasisPoints": change.to,
			"timestamp": stamp(change.at), "transactionHash": change.hash,
		})
	}
	kit.WriteJSON(w, http.StatusOK, fields{
		"chainId": c.id, "chainName": c.name, "currentFeePercentage": fraction(c.feePoints),
		"currentFeeBasisPoints": c.feePoints, "history": history,
	})
}
