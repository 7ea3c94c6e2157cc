package flows

// DiskView tells an admin that a replica cannot write to its SPOOL_DIR, or that
// it can again: host is the machine it runs on.
func DiskView(host string, full bool) View {
	if !full {
		return View{Blocks: []Text{t("disk.back", "host", host)}}
	}
	return View{Blocks: []Text{t("disk.title", "host", host), t("disk.text"), t("disk.next")}}
}
