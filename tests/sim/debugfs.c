// SPDX-License-Identifier: GPL-2.0-or-later
/* /sys/kernel/debug/tdx_sim: the control language in, the simulator's state out. */

#include "host.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

enum {
	MAX_WRITE = 16384, /* bytes of one write to control */
	/* Bytes that a file has at first; it grows, but then the text is made again. */
	SHOW_BYTES = 32768,
};

static struct dentry *directory;

/* One line at a time; also over last_error. */
static DEFINE_MUTEX(control_lock);
static char last_error[FW_ERROR_TEXT];

int sim_control(char *line)
{
	int result;

	mutex_lock(&control_lock);
	result = fw_control(&tdx_sim->fw, line, last_error, sizeof(last_error));
	if (result)
		pr_warn("%s\n", last_error);
	sim_machine_show_vmx(READ_ONCE(tdx_sim->fw.platform.erratum));
	mutex_unlock(&control_lock);
	sim_activity_kick();
	sim_hold_kick();
	return result;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char *text, *rest, *line;
	int result = 0;

	if (size > MAX_WRITE)
		return -E2BIG;
	text = memdup_user_nul(from, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = text;
	while (!result && (line = strsep(&rest, "\n")))
		result = sim_control(line);
	kfree(text);
	return result ? result : size;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = control_write,
};

static __printf(2, 3) void print(void *ctx, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(ctx, fmt, args);
	va_end(args);
}

typedef void (*show_t)(struct fw_sim *sim, const struct fw_emit *emit);

static int show(struct seq_file *seq, void *unused)
{
	const struct fw_emit emit = { .print = print, .ctx = seq };
	unsigned long flags = fw_sim_lock(tdx_sim);

	((show_t)seq->private)(tdx_sim, &emit);
	fw_sim_unlock(tdx_sim, flags);
	return 0;
}

static int show_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, show, inode->i_private, SHOW_BYTES);
}

static const struct file_operations show_fops = {
	.owner = THIS_MODULE,
	.open = show_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int last_error_show(struct seq_file *seq, void *unused)
{
	mutex_lock(&control_lock);
	seq_printf(seq, "%s\n", last_error);
	mutex_unlock(&control_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last_error);

/* The file's position is a sequence number of the log. */
static void *log_at(struct seq_file *seq, loff_t *pos)
{
	struct fw_log_entry *entry = seq->private;
	unsigned long flags = fw_sim_lock(tdx_sim);
	bool found = fw_log_read(tdx_sim, *pos, entry);

	fw_sim_unlock(tdx_sim, flags);
	if (!found)
		return NULL;
	*pos = entry->seq;
	return entry;
}

static void *log_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return log_at(seq, pos);
}

static void log_stop(struct seq_file *seq, void *v)
{
}

static int log_show(struct seq_file *seq, void *v)
{
	const struct fw_emit emit = { .print = print, .ctx = seq };

	fw_show_log_entry(v, &emit);
	return 0;
}

static const struct seq_operations log_ops = {
	.start = log_at,
	.next = log_next,
	.stop = log_stop,
	.show = log_show,
};

static int log_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &log_ops, sizeof(struct fw_log_entry));
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = log_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* For tests that compare byte by byte; not under the lock: read them while nothing runs. */
static struct debugfs_blob_wrapper handoff, code;

static void create_blobs(void)
{
	handoff.data = tdx_sim->fw.handoff;
	handoff.size = sizeof(tdx_sim->fw.handoff);
	code.data = tdx_sim->fw.code;
	code.size = sizeof(tdx_sim->fw.code);
	debugfs_create_blob("handoff", 0400, directory, &handoff);
	debugfs_create_blob("code", 0400, directory, &code);
}

void sim_debugfs_init(void)
{
	static const struct {
		const char *name;
		show_t show;
	} files[] = {
		{ "platform", fw_show_platform }, { "tds", fw_show_tds },
		{ "faults", fw_show_faults },	  { "latency", fw_show_latency },
		{ "registry", fw_show_registry }, { "signers", fw_show_signers },
	};
	size_t i;

	directory = debugfs_create_dir("tdx_sim", NULL);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, 0400, directory, files[i].show, &show_fops);
	create_blobs();
	debugfs_create_file("log", 0400, directory, NULL, &log_fops);
	debugfs_create_file("last_error", 0400, directory, NULL, &last_error_fops);
	debugfs_create_file("control", 0200, directory, NULL, &control_fops);
}

void sim_debugfs_exit(void)
{
	debugfs_remove(directory);
}
