package telegram

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"  // photo formats that Telegram takes
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"net/http"
	"path/filepath"
	"strings"
)

const (
	maxPhoto    = 10 << 20
	maxDownload = 20 << 20
	maxPhotoSum = 10_000 // width + height, pixels
	maxRatio    = 20
	idPrefix    = "AgACAgIAAxk" // what a file id begins with
	filePrefix  = "/telegram/file/bot"
)

// inputFile resolves attach://name or a file_id.
func (s *Server) inputFile(p params, ref string, photo bool) (*file, *apiError) {
	name, attached := strings.CutPrefix(ref, "attach://")
	if attached {
		up, ok := p.files[name]
		if !ok {
			return nil, bad("invalid file HTTP URL specified: attached file not found")
		}
		return s.store(up, photo)
	}
	f := s.files[ref]
	switch {
	case f == nil && strings.Contains(ref, "://"):
		return nil, bad("failed to get HTTP URL content")
	case f == nil:
		return nil, unknownFile(ref)
	case f.photo != photo:
		return nil, bad("can't use file of type %s as %s", fileKind(f.photo), fileKind(photo))
	}
	return f, nil
}

// unknownFile refuses an id: one that looks like an id is refused by the data
// center that should have the file, others before anybody is asked.
func unknownFile(id string) *apiError {
	if strings.HasPrefix(id, idPrefix) {
		return bad("wrong file identifier/HTTP URL specified")
	}
	return bad("wrong remote file identifier specified: Wrong string length")
}

func fileKind(photo bool) string {
	if photo {
		return "Photo"
	}
	return "Document"
}

// store keeps an upload; photos must be pictures of sane size and shape.
func (s *Server) store(up upload, photo bool) (*file, *apiError) {
	if len(up.data) == 0 {
		return nil, bad("file must be non-empty")
	}
	sum := sha256.Sum256(up.data)
	s.fileSeq++
	f := &file{unique: "AQAD" + hex.EncodeToString(sum[:6]), name: filepath.Base(up.name), photo: photo,
		mime: http.DetectContentType(up.data), data: up.data}
	f.id = fmt.Sprintf(idPrefix+"%s%05d", hex.EncodeToString(sum[:12]), s.fileSeq)
	if photo {
		if err := f.measure(); err != nil {
			return nil, err
		}
	}
	s.files[f.id] = f
	for _, size := range f.sizes() {
		s.files[size.FileID] = f // the id of any size sends the whole picture
	}
	return f, nil
}

// sizes lists a photo as Telegram does: smaller versions, each with an id of
// its own, and the picture itself last.
func (f *file) sizes() []photoSize {
	var out []photoSize
	for _, step := range []struct {
		letter string
		side   int // pixels
	}{{"s", 90}, {"m", 320}, {"x", 800}} {
		if long := max(f.width, f.height); long > step.side {
			out = append(out, photoSize{f.id + step.letter, f.unique + step.letter, f.width * step.side / long,
				f.height * step.side / long, len(f.data) * step.side / long})
		}
	}
	return append(out, photoSize{f.id, f.unique, f.width, f.height, len(f.data)})
}

// path is where the file can be had from, below /file/bot<token>/.
func (f *file) path() string {
	if !f.photo {
		return "documents/" + f.unique + filepath.Ext(f.name)
	}
	_, kind, _ := strings.Cut(f.mime, "/")
	return "photos/" + f.unique + "." + strings.Replace(kind, "jpeg", "jpg", 1)
}

// fileObject is the Bot API's File.
type fileObject struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int    `json:"file_size"`
	FilePath     string `json:"file_path"`
}

func getFile(s *Server, p params) (any, *apiError) {
	f := s.files[p.str("file_id")]
	switch {
	case f == nil:
		return nil, bad("invalid file_id")
	case len(f.data) > maxDownload:
		return nil, bad("file is too big")
	}
	return fileObject{p.str("file_id"), f.unique, len(f.data), f.path()}, nil
}

// download serves /telegram/file/bot<token>/<file_path>.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	rest := strings.TrimPrefix(r.URL.Path, filePrefix)
	token, path, _ := strings.Cut(rest, "/")
	f := s.fileAt(path)
	if f == nil || r.Method != http.MethodGet || subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) != 1 {
		writeReply(w, reply(nil, &apiError{code: 404, text: "Not Found"}))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(f.data) // the caller hung up: nothing to tell it
}

func (s *Server) fileAt(path string) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.path() == path {
			return f
		}
	}
	return nil
}

func (f *file) measure() *apiError {
	if len(f.data) > maxPhoto {
		return bad("file is too big")
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(f.data))
	if err != nil {
		return bad("IMAGE_PROCESS_FAILED")
	}
	f.width, f.height = cfg.Width, cfg.Height
	long, short := max(f.width, f.height), min(f.width, f.height)
	if short == 0 || f.width+f.height > maxPhotoSum || long > maxRatio*short {
		return bad("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
}
