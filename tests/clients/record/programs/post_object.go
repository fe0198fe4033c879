// Posts a V4 form as Go programs do: fields by mime/multipart, the file as one more of them.
// One argument: JSON. The standard library does it all.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
)

type task struct {
	Action, Bucket, Region, AccessKeyId, AccessKeySecret, Key, Expiration, Date string
}

func sum(key []byte, text string) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(text))
	return hash.Sum(nil)
}

func main() {
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		log.Fatal(err)
	}
	date := strings.NewReplacer("-", "", ":", "").Replace(t.Date)
	scope := []string{date[:8], t.Region, "oss", "aliyun_v4_request"}
	credential := t.AccessKeyId + "/" + strings.Join(scope, "/")
	text, err := json.Marshal(map[string]any{
		"expiration": t.Expiration,
		"conditions": []any{
			map[string]string{"bucket": t.Bucket},
			map[string]string{"x-oss-signature-version": "OSS4-HMAC-SHA256"},
			map[string]string{"x-oss-credential": credential},
			map[string]string{"x-oss-date": date},
			[]any{"content-length-range", 1, 1024},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	policy := base64.StdEncoding.EncodeToString(text)
	key := []byte("aliyun_v4" + t.AccessKeySecret)
	for _, step := range scope {
		key = sum(key, step)
	}

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"key", t.Key},
		{"policy", policy},
		{"x-oss-signature-version", "OSS4-HMAC-SHA256"},
		{"x-oss-credential", credential},
		{"x-oss-date", date},
		{"x-oss-signature", hex.EncodeToString(sum(key, policy))},
		{"file", "hi oss"},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			log.Fatal(err)
		}
	}
	form.Close()
	answer, err := http.Post(t.Action, form.FormDataContentType(), &body)
	if err != nil {
		log.Fatal(err)
	}
	answer.Body.Close()
}
