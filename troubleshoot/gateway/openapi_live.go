package gateway

// transcriptPath is the route of a whole conversation.
const transcriptPath = "/v1/sessions/{session}/transcript"

// asStream says that a route answers with events, or with a JSON object a line; the generator knows one message only.
func asStream(paths node, path string, resumes bool) error {
	operation, err := at(paths, path, "get")
	if err != nil {
		return err
	}
	content, err := at(operation, "responses", "200", "content")
	if err != nil {
		return err
	}
	message := content[mediaJSON]
	delete(content, mediaJSON)
	content[mediaNDJSON] = message
	content[mediaEvents] = node{"schema": node{"type": "string", "description": "Events whose data is one JSON object each, as " +
		"those of " + mediaNDJSON + ". The event \"error\" has a Status; after \"reconnect\", which has one too, come again. " +
		"Comments are signs of life, as empty lines are in " + mediaNDJSON + "."}}
	if !resumes {
		return nil
	}
	parameters, _ := operation["parameters"].([]any)
	operation["parameters"] = append(parameters, node{"name": lastEventID, "in": "header",
		"description": "The id of the last event that the reader has, as browsers send it. The larger one of it and afterSeq counts.",
		"schema":      node{"type": "integer", "format": "int32"}})
	return nil
}

// asText says that a transcript comes as text too.
func asText(paths node, path string) error {
	content, err := at(paths, path, "get", "responses", "200", "content")
	if err != nil {
		return err
	}
	content[mediaText] = node{"schema": node{"type": "string"}}
	return nil
}
