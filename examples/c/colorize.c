/* Colors a photo with a SavedModel through TensorFlow's C API: a file's bytes in, a PNG out.

   Usage: colorize MODEL PHOTO OUT.png

   README.md tells how to build it. Exit codes: 0 done, 1 failed (the reason is on stderr), 2 usage. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

static const char SIGNATURE[] = "colorize_bytes";
static const char INPUT[] = "encoded";
static const char OUTPUT[] = "png_bytes";

/* A stretch of bytes that somebody else owns. */
typedef struct {
  const unsigned char *data;
  size_t size;
} Bytes;

static int fail(const char *what, const char *why) {
  fprintf(stderr, "colorize: %s: %s\n", what, why);
  return 1;
}

/* ---- The signature's tensors: a walk through the model's MetaGraphDef, a protocol buffer. */

static int read_varint(Bytes *rest, uint64_t *value) {
  *value = 0;
  for (int shift = 0; shift < 64 && rest->size; shift += 7) {
    unsigned char byte = *rest->data++;
    rest->size--;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return 1;
  }
  return 0;
}

/* The next length-delimited field with this number; 0 where there is none. */
static int next_field(Bytes *rest, uint64_t number, Bytes *found) {
  uint64_t key, length;
  while (rest->size && read_varint(rest, &key)) {
    switch (key & 7) {
      case 0: if (!read_varint(rest, &length)) return 0; continue;
      case 1: length = 8; break;
      case 2: if (!read_varint(rest, &length)) return 0; break;
      case 5: length = 4; break;
      default: return 0;
    }
    if (length > rest->size) return 0;
    Bytes field = {rest->data, (size_t)length};
    rest->data += length;
    rest->size -= length;
    if (key >> 3 == number && (key & 7) == 2) {
      *found = field;
      return 1;
    }
  }
  return 0;
}

/* The value of a map's entry: maps are repeated messages of a key (1) and a value (2). */
static int map_value(Bytes message, uint64_t number, const char *name, Bytes *value) {
  Bytes entry, key;
  while (next_field(&message, number, &entry)) {
    Bytes in_key = entry, in_value = entry;
    if (next_field(&in_key, 1, &key) && key.size == strlen(name) &&
        !memcmp(key.data, name, key.size))
      return next_field(&in_value, 2, value);
  }
  return 0;
}

/* The graph's tensor behind an input (1) or output (2) of the signature, as "operation:index". */
static int signature_tensor(Bytes meta_graph, uint64_t side, const char *name, TF_Graph *graph,
                            TF_Output *tensor) {
  enum { SIGNATURE_DEF = 5, TENSOR_NAME = 1 };
  Bytes signature, info, text;
  char operation[512];
  if (!map_value(meta_graph, SIGNATURE_DEF, SIGNATURE, &signature) ||
      !map_value(signature, side, name, &info) || !next_field(&info, TENSOR_NAME, &text) ||
      text.size >= sizeof operation)
    return 0;
  memcpy(operation, text.data, text.size);
  operation[text.size] = 0;
  char *colon = strrchr(operation, ':');
  if (!colon) return 0;
  *colon = 0;
  tensor->oper = TF_GraphOperationByName(graph, operation);
  tensor->index = atoi(colon + 1);
  return tensor->oper != NULL;
}

/* ---- Files, and tensors of one string. */

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  char *data = NULL;
  if (file && !fseek(file, 0, SEEK_END)) {
    long length = ftell(file);
    rewind(file);
    data = length > 0 ? malloc((size_t)length) : NULL;
    if (data && fread(data, 1, (size_t)length, file) != (size_t)length) {
      free(data);
      data = NULL;
    }
    *size = (size_t)length;
  }
  if (file) fclose(file);
  return data;
}

static int write_file(const char *path, const char *data, size_t size) {
  FILE *file = fopen(path, "wb");
  int written = file && fwrite(data, 1, size, file) == size;
  if (file) written = !fclose(file) && written;
  return written;
}

static void free_string(void *data, size_t size, void *unused) {
  (void)size, (void)unused;
  TF_TString_Dealloc(data);
  free(data);
}

static TF_Tensor *string_tensor(const char *data, size_t size) {
  int64_t one = 1;
  TF_TString *string = malloc(sizeof *string);
  if (!string) return NULL;
  TF_TString_Init(string);
  TF_TString_Copy(string, data, size);
  return TF_NewTensor(TF_STRING, &one, 1, string, sizeof *string, free_string, NULL);
}

/* ---- The model. */

static int colorize(TF_Session *session, TF_Graph *graph, Bytes meta_graph, const char *photo,
                    const char *out, TF_Status *status) {
  TF_Output input, output;
  if (!signature_tensor(meta_graph, 1, INPUT, graph, &input) ||
      !signature_tensor(meta_graph, 2, OUTPUT, graph, &output))
    return fail(SIGNATURE, "the model has no such signature");
  size_t size = 0;
  char *data = read_file(photo, &size);
  if (!data) return fail(photo, "cannot be read, or is empty");
  TF_Tensor *encoded = string_tensor(data, size), *png = NULL;
  free(data);
  TF_SessionRun(session, NULL, &input, &encoded, 1, &output, &png, 1, NULL, 0, NULL, status);
  TF_DeleteTensor(encoded);
  if (TF_GetCode(status) != TF_OK) return fail(photo, TF_Message(status));
  const TF_TString *string = TF_TensorData(png);
  int written = write_file(out, TF_TString_GetDataPointer(string), TF_TString_GetSize(string));
  TF_DeleteTensor(png);
  return written ? 0 : fail(out, "cannot be written");
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: colorize MODEL PHOTO OUT.png\n");
    return 2;
  }
  const char *tags[] = {"serve"};
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_Buffer *meta_graph = TF_NewBuffer();
  TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, arguments[1], tags, 1, graph,
                                                     meta_graph, status);
  int code;
  if (TF_GetCode(status) == TF_OK) {
    Bytes bytes = {meta_graph->data, meta_graph->length};
    code = colorize(session, graph, bytes, arguments[2], arguments[3], status);
    TF_DeleteSession(session, status);
  } else {
    code = fail(arguments[1], TF_Message(status));
  }
  TF_DeleteBuffer(meta_graph);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return code;
}
