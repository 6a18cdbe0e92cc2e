// The judge: Go's own transparency log code (golang.org/x/mod/sumdb, note and tlog) looks at what snagc wrote.
//
// Reads cases, one JSON object a line, and answers each with a line: "ok", "bad: why", or what was asked for.
//
//	{"do": "checkpoint", "vkey", "note"}            is the note signed by the key, and a size and a root?
//	{"do": "proof", "vkey", "proof"}                does a proof file hold against the checkpoints inside it?
//	{"do": "root", "events"}                        the tree hash of the events, in hexadecimal
//	{"do": "sign", "skey", "text"}                  the note that Go itself makes of the text
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proofFile struct {
	Kind          string   `json:"kind"`
	Position      int64    `json:"position"`
	Event         string   `json:"event"`
	Path          []string `json:"path"`
	Checkpoint    string   `json:"checkpoint"`
	OldCheckpoint string   `json:"old_checkpoint"`
	NewCheckpoint string   `json:"new_checkpoint"`
}

type testCase struct {
	Do     string    `json:"do"`
	Vkey   string    `json:"vkey"`
	Skey   string    `json:"skey"`
	Note   string    `json:"note"`
	Text   string    `json:"text"`
	Events []string  `json:"events"`
	Proof  proofFile `json:"proof"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		answer, err := judge(line)
		if err != nil {
			answer = "bad: " + err.Error()
		}
		fmt.Println(strings.ReplaceAll(answer, "\n", "\\n"))
	}
}

func judge(line []byte) (string, error) {
	var c testCase
	if err := json.Unmarshal(line, &c); err != nil {
		return "", err
	}
	switch c.Do {
	case "checkpoint":
		_, _, err := open(c.Note, c.Vkey)
		return "ok", err
	case "proof":
		return "ok", checkProof(c.Proof, c.Vkey)
	case "root":
		return root(c.Events)
	case "sign":
		signer, err := note.NewSigner(c.Skey)
		if err != nil {
			return "", err
		}
		signed, err := note.Sign(&note.Note{Text: c.Text}, signer)
		return string(signed), err
	}
	return "", errors.New("nothing to do")
}

// open returns the size and root that a signed checkpoint states.
func open(signed, vkey string) (int64, tlog.Hash, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return 0, tlog.Hash{}, errors.New("no origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return size, hash, err
}

func checkProof(proof proofFile, vkey string) error {
	path, err := hashes(proof.Path)
	if err != nil {
		return err
	}
	if proof.Kind == "inclusion" {
		size, root, err := open(proof.Checkpoint, vkey)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(path, size, root, proof.Position-1, tlog.RecordHash([]byte(proof.Event)))
	}
	oldSize, oldRoot, err := open(proof.OldCheckpoint, vkey)
	if err != nil {
		return err
	}
	newSize, newRoot, err := open(proof.NewCheckpoint, vkey)
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(path), newSize, newRoot, oldSize, oldRoot)
}

func hashes(texts []string) (tlog.RecordProof, error) {
	path := make(tlog.RecordProof, len(texts))
	for i, text := range texts {
		data, err := hex.DecodeString(text)
		if err != nil || len(data) != tlog.HashSize {
			return nil, errors.New("no hash")
		}
		copy(path[i][:], data)
	}
	return path, nil
}

func root(events []string) (string, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for i, event := range events {
		more, err := tlog.StoredHashes(int64(i), []byte(event), reader)
		if err != nil {
			return "", err
		}
		stored = append(stored, more...)
	}
	hash, err := tlog.TreeHash(int64(len(events)), reader)
	return hex.EncodeToString(hash[:]), err
}
