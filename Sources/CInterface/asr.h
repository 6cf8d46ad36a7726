/* Speech to text in C: libasr.so. An example is Examples/c/transcribe.c. */
#ifndef ASR_H
#define ASR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model that is ready to transcribe. Several threads may use one at the same time. */
typedef struct asr_transcriber asr_transcriber;

/* Loads a model.

   model    a model folder, the name of a built-in model, or a Whisper model of another program; NULL: the model that the program asr uses.
            Built-in models are looked for in ../share/asr/models seen from the folder of the library, or only in $ASR_MODELS where that is set.
   threads  how many to use; 0: one for each processor that the process may use. The text does not depend on it.
   error    where this is not NULL, it is set to NULL or to a text that says what is wrong and what to do; free it with asr_free_text.

   Returns NULL where the model cannot be loaded. */
asr_transcriber *asr_load(const char *model, int threads, char **error);

/* Writes down what is said in samples.

   samples      of one channel, from -1 to 1.
   count        how many.
   sample_rate  in Hz, from 1000 to 768000; any rate is converted.
   format       "text", "json", "srt", "vtt", "tsv", "lrc", "ctm" or "trn", as asr transcribe --format writes them; NULL: "text".
   error        as above.

   Returns UTF-8 that ends with a line break, which the caller frees with asr_free_text; NULL where there is an error. */
char *asr_transcribe(
    const asr_transcriber *transcriber, const float *samples, size_t count, int sample_rate, const char *format, char **error);

/* Frees a text. NULL is left alone. */
void asr_free_text(char *text);

/* Frees a model that nobody uses any more. NULL is left alone. */
void asr_free(asr_transcriber *transcriber);

#ifdef __cplusplus
}
#endif

#endif
