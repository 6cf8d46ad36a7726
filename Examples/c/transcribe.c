/* Writes down what is said in an audio file: transcribe FILE [MODEL].

   cc transcribe.c -I/usr/local/include -L/usr/local/lib -lasr -lsndfile -o transcribe */
#include <asr.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    if (count < 2 || count > 3) {
        fprintf(stderr, "usage: transcribe FILE [MODEL]\n");
        return 64;
    }
    SF_INFO info = {0};
    SNDFILE *file = sf_open(arguments[1], SFM_READ, &info);
    if (!file || info.channels != 1) {
        fprintf(stderr, "%s: %s\n", arguments[1], file ? "this example reads one channel" : sf_strerror(NULL));
        return 1;
    }
    float *samples = malloc((size_t)info.frames * sizeof(float));
    if (!samples && info.frames > 0) return 1;
    size_t sample_count = (size_t)sf_readf_float(file, samples, info.frames);
    sf_close(file);

    char *error;
    asr_transcriber *transcriber = asr_load(count == 3 ? arguments[2] : NULL, 0, &error);
    char *text = transcriber ? asr_transcribe(transcriber, samples, sample_count, info.samplerate, "text", &error) : NULL;
    if (text) {
        fputs(text, stdout);
    } else {
        fprintf(stderr, "%s\n", error);
    }
    int code = text ? 0 : 1;
    asr_free_text(text ? text : error);
    asr_free(transcriber);
    free(samples);
    return code;
}
