// A network cable between two namespaces, of a limited rate and with a delay, made of two tun devices: for kernels without netem.
//
//   cc -O2 -pthread scripts/limited-link.c -o limited-link
//   limited-link NAMESPACE-A ADDRESS-A NAMESPACE-B ADDRESS-B MEGABITS MILLISECONDS
//
// Each way carries MEGABITS million bits a second, Ethernet's 38 bytes a packet included, and delays each packet by MILLISECONDS. Packets are of at
// most 9,000 bytes. It runs until it is stopped; run it with real-time priority (chrt -f 50), because it must answer within microseconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { packetBytes = 9000, queuedPackets = 4096, frameBytes = 38 };

struct packet {
    double leaves;  // seconds on the clock
    int bytes;
    unsigned char data[packetBytes];
};

struct way {
    int from, to;
    double bytesASecond, delay;
    struct packet *queue;
    int first, count;
    double free;  // when the cable has sent what it has got
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void run(const char *format, const char *a, const char *b) {
    char line[256];
    snprintf(line, sizeof line, format, a, b);
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        exit(1);
    }
}

// A tun device in a namespace; the caller comes back to its own.
static int tun(const char *space, const char *address) {
    char path[128];
    snprintf(path, sizeof path, "/run/netns/%s", space);
    const int own = open("/proc/self/ns/net", O_RDONLY), other = open(path, O_RDONLY);
    if (own < 0 || other < 0) fail(path);
    if (setns(other, CLONE_NEWNET) != 0) fail("setns");
    const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (device < 0) fail("/dev/net/tun");
    struct ifreq request = {0};
    strcpy(request.ifr_name, "link0");
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(device, TUNSETIFF, &request) != 0) fail("TUNSETIFF");
    run("ip address add %s/24 dev link0%s", address, "");
    run("ip link set link0 mtu 9000 txqueuelen 1000 up%s%s", "", "");
    if (setns(own, CLONE_NEWNET) != 0) fail("setns");
    close(own);
    close(other);
    return device;
}

static void *carry(void *argument) {
    struct way *way = argument;
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        // What has arrived at this end of the cable; at most as much as the queue holds, so that TCP is slowed down and not lost.
        while (way->count < queuedPackets) {
            struct packet *packet = way->queue + (way->first + way->count) % queuedPackets;
            const ssize_t bytes = read(way->from, packet->data, packetBytes);
            if (bytes <= 0) break;
            const double start = now();
            way->free = (way->free > start ? way->free : start) + (double)(bytes + frameBytes) / way->bytesASecond;
            packet->leaves = way->free + way->delay;
            packet->bytes = (int)bytes;
            way->count += 1;
        }
        double wait = 1;
        while (way->count > 0) {
            struct packet *packet = way->queue + way->first;
            wait = packet->leaves - now();
            if (wait > 0) break;
            if (write(way->to, packet->data, (size_t)packet->bytes) < 0) perror("write");
            way->first = (way->first + 1) % queuedPackets;
            way->count -= 1;
            wait = 1;
        }
        struct pollfd ready = {.fd = way->from, .events = way->count < queuedPackets ? POLLIN : 0};
        struct timespec time = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
        ppoll(&ready, 1, &time, NULL);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 7) {
        fprintf(stderr, "usage: %s NAMESPACE-A ADDRESS-A NAMESPACE-B ADDRESS-B MEGABITS MILLISECONDS\n", arguments[0]);
        return 64;
    }
    const int a = tun(arguments[1], arguments[2]), b = tun(arguments[3], arguments[4]);
    struct way ways[2] = {{.from = a, .to = b}, {.from = b, .to = a}};
    pthread_t threads[2];
    for (int index = 0; index < 2; index++) {
        ways[index].bytesASecond = atof(arguments[5]) * 1e6 / 8;
        ways[index].delay = atof(arguments[6]) * 1e-3;
        ways[index].queue = calloc(queuedPackets, sizeof(struct packet));
        if (pthread_create(threads + index, NULL, carry, ways + index) != 0) fail("pthread_create");
    }
    pthread_join(threads[0], NULL);
}
