package telegram

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// photoName is the name of an upload. Telegram does not show it.
const photoName = "card.png"

// Photo is the picture of a message. It is as secret as what it shows.
type Photo struct {
	FileID string                                   // at Telegram, "" when it has to be drawn
	Draw   func() ([]byte, error)                   // called when Telegram does not have it
	Keep   func(ctx context.Context, fileID string) // told the id of an upload, may be nil
}

// source is where Telegram takes a picture from: its own files, or the bytes.
// Params are built from it for each attempt, so that a second one uploads the
// whole picture again and not the rest of a reader.
type source struct {
	fileID string
	data   []byte
}

func (f source) input() models.InputFile {
	if f.fileID != "" {
		return &models.InputFileString{Data: f.fileID}
	}
	return &models.InputFileUpload{Filename: photoName, Data: bytes.NewReader(f.data)}
}

// media is the same for an edit.
func (f source) media() (name string, attachment io.Reader) {
	if f.fileID != "" {
		return f.fileID, nil
	}
	return "attach://" + photoName, bytes.NewReader(f.data)
}

// withPhoto hands do the picture as Telegram knows it and, when it does not
// know it any more, drawn. FaultPicture: there is none to be had.
func (s *Sender) withPhoto(ctx context.Context, m Message, do func(f source) (*models.Message, error)) (*models.Message, error) {
	if m.Photo.FileID != "" {
		done, err := do(source{fileID: m.Photo.FileID})
		if FaultOf(err) != FaultRefused {
			return done, err
		}
		s.meter.Count("telegram_picture", "id refused")
	}
	data, err := m.Photo.Draw()
	if err != nil {
		s.meter.Count("telegram_picture", "not drawn")
		s.log.Error("picture not drawn, shown without it", "template", m.Template, "err", err)
		return nil, &Error{Fault: FaultPicture}
	}
	done, err := do(source{data: data})
	switch FaultOf(err) {
	case FaultNone:
		s.meter.Count("telegram_picture", "uploaded")
		m.Photo.keep(ctx, done)
	case FaultRefused:
		// It may be the picture that Telegram does not like. The words hold all
		// of the codes, so they go without it.
		s.meter.Count("telegram_picture", "refused")
		s.log.Error("picture refused, shown without it", "template", m.Template)
		return nil, &Error{Fault: FaultPicture}
	default:
	}
	return done, err
}

// keep passes on the id of the upload that a message shows. Telegram lists a
// picture in several sizes, each with an id.
func (p *Photo) keep(ctx context.Context, shown *models.Message) {
	if p.Keep == nil || shown == nil || len(shown.Photo) == 0 {
		return
	}
	best := shown.Photo[0]
	for _, size := range shown.Photo[1:] {
		if size.Width*size.Height > best.Width*best.Height {
			best = size
		}
	}
	if best.FileID != "" {
		p.Keep(ctx, best.FileID)
	}
}

func (s *Sender) sendPhoto(ctx context.Context, lane Lane, m Message, caption string) (int, error) {
	shown, err := s.withPhoto(ctx, m, func(f source) (*models.Message, error) {
		var shown *models.Message
		err := s.withMarkup(m, caption, func(text string, mode models.ParseMode) error {
			return s.call(ctx, call{method: "sendPhoto", lane: lane, chat: m.Chat}, func(ctx context.Context) (err error) {
				shown, err = s.bot.SendPhoto(ctx, photoParams(m, f, text, mode))
				return err
			})
		})
		return shown, err
	})
	if err != nil || shown == nil {
		return 0, err
	}
	s.photos.put(m.Chat, shown.ID, true)
	return shown.ID, nil
}

func photoParams(m Message, f source, caption string, mode models.ParseMode) *bot.SendPhotoParams {
	p := &bot.SendPhotoParams{
		ChatID: m.Chat, Photo: f.input(), Caption: caption, ParseMode: mode, ProtectContent: m.Protect,
	}
	if len(m.Keyboard) > 0 {
		p.ReplyMarkup = keys(m)
	}
	return p
}

// editPhoto puts the picture into a message that held a text or another
// picture. It does so even when only the words change: which picture is there
// is known for sure by saying so, and by its id it costs no upload.
func (s *Sender) editPhoto(ctx context.Context, lane Lane, id int, m Message, caption string) error {
	_, err := s.withPhoto(ctx, m, func(f source) (*models.Message, error) {
		var shown *models.Message
		err := s.withMarkup(m, caption, func(text string, mode models.ParseMode) error {
			c := call{method: "editMessageMedia", lane: lane, chat: m.Chat, again: true}
			return s.call(ctx, c, func(ctx context.Context) (err error) {
				shown, err = s.bot.EditMessageMedia(ctx, mediaParams(id, m, f, text, mode))
				return err
			})
		})
		return shown, err
	})
	if err == nil || FaultOf(err) == FaultSame {
		s.photos.put(m.Chat, id, true)
	}
	return err
}

func mediaParams(id int, m Message, f source, caption string, mode models.ParseMode) *bot.EditMessageMediaParams {
	name, attachment := f.media()
	p := &bot.EditMessageMediaParams{ChatID: m.Chat, MessageID: id, Media: &models.InputMediaPhoto{
		Media: name, Caption: caption, ParseMode: mode, MediaAttachment: attachment,
	}}
	if len(m.Keyboard) > 0 {
		p.ReplyMarkup = keys(m)
	}
	return p
}

func (s *Sender) editCaption(ctx context.Context, lane Lane, id int, m Message, caption string) error {
	return s.withMarkup(m, caption, func(text string, mode models.ParseMode) error {
		c := call{method: "editMessageCaption", lane: lane, chat: m.Chat, again: true}
		return s.call(ctx, c, func(ctx context.Context) error {
			p := &bot.EditMessageCaptionParams{ChatID: m.Chat, MessageID: id, Caption: text, ParseMode: mode}
			if len(m.Keyboard) > 0 {
				p.ReplyMarkup = keys(m)
			}
			_, err := s.bot.EditMessageCaption(ctx, p)
			return err
		})
	})
}

// HoldsPhoto tells the sender what kind a message is: a pressed button says so.
func (s *Sender) HoldsPhoto(chat int64, id int) { s.photos.put(chat, id, true) }

// photoSet remembers messages that hold a picture. It only spares a call that
// Telegram would refuse, so it may forget.
type photoSet struct {
	mu   sync.Mutex
	held map[shownAt]struct{}
}

type shownAt struct {
	chat int64
	id   int
}

const photosKept = 4096

func (p *photoSet) has(chat int64, id int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.held[shownAt{chat, id}]
	return ok
}

func (p *photoSet) put(chat int64, id int, photo bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !photo {
		delete(p.held, shownAt{chat, id})
		return
	}
	if p.held == nil || len(p.held) >= photosKept {
		p.held = map[shownAt]struct{}{}
	}
	p.held[shownAt{chat, id}] = struct{}{}
}
