// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

u64 tdxu_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

static u64 now_ms(void *priv)
{
	(void)priv;
	return tdxu_now_ms();
}

bool tdxu_stopped(const struct tdxu_clock *clock)
{
	return clock->sleep_ms && !clock->sleep_ms(clock->priv, 0);
}

static u32 random_bits(void *priv)
{
	u32 bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		bits = (u32)now_ms(priv) ^ (u32)getpid() << 16;
	return bits;
}

static bool sleep_ms(void *priv, u32 ms)
{
	struct tdxu_clock *clock = priv;
	struct pollfd stop = { .fd = clock->stop_fd, .events = POLLIN };
	u64 end = now_ms(priv) + ms;
	u64 now;

	do {
		now = now_ms(priv);
		if (poll(&stop, 1, now < end ? (int)(end - now) : 0) > 0)
			return false;
	} while (now < end);
	return true;
}

static void heed_stop(void *priv)
{
	struct tdxu_clock *clock = priv;
	struct signalfd_siginfo signal;

	while (read(clock->stop_fd, &signal, sizeof(signal)) == sizeof(signal))
		;
}

/* An ignored signal would be noticed once it is blocked: leave it alone, as nohup asks. */
static void add_heeded(sigset_t *signals, int signal)
{
	struct sigaction now;

	if (sigaction(signal, NULL, &now) || now.sa_handler != SIG_IGN)
		sigaddset(signals, signal);
}

void tdxu_clock_open(struct tdxu_clock *clock)
{
	sigset_t signals;

	sigemptyset(&signals);
	add_heeded(&signals, SIGINT);
	add_heeded(&signals, SIGTERM);
	add_heeded(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	*clock = (struct tdxu_clock){
		.now_ms = now_ms,
		.random = random_bits,
		.sleep_ms = sleep_ms,
		.stop_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC),
		.heed_stop = heed_stop,
		.priv = clock,
	};
	/* Without it they end the program at once, as they do others; nothing is left behind. */
	if (clock->stop_fd < 0)
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

void tdxu_clock_close(struct tdxu_clock *clock)
{
	if (clock->stop_fd >= 0)
		close(clock->stop_fd);
}
