package telegram

import "fmt"

// apiError is a refusal in the Bot API's shape.
type apiError struct {
	code       int
	text       string
	retryAfter int // seconds, with 429
	hangUp     bool
}

func bad(format string, args ...any) *apiError {
	return &apiError{code: 400, text: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(text string) *apiError {
	return &apiError{code: 403, text: "Forbidden: " + text}
}

func tooMany(seconds int) *apiError {
	return &apiError{code: 429, text: fmt.Sprintf("Too Many Requests: retry after %d", seconds), retryAfter: seconds}
}

type apiReply struct {
	OK          bool         `json:"ok"`
	Result      any          `json:"result,omitempty"`
	Description string       `json:"description,omitempty"`
	ErrorCode   int          `json:"error_code,omitempty"`
	Parameters  *replyParams `json:"parameters,omitempty"`
}

type replyParams struct {
	RetryAfter int `json:"retry_after,omitempty"`
}

// described is a result that comes with a description, as setWebhook's does.
type described struct {
	result any
	text   string
}

func reply(result any, err *apiError) apiReply {
	if err != nil {
		out := apiReply{ErrorCode: err.code, Description: err.text}
		if err.retryAfter > 0 {
			out.Parameters = &replyParams{RetryAfter: err.retryAfter}
		}
		return out
	}
	if d, ok := result.(described); ok {
		return apiReply{OK: true, Result: d.result, Description: d.text}
	}
	return apiReply{OK: true, Result: result}
}
