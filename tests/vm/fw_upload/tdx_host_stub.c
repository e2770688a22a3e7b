// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for the kernel's own updater, the tdx_host driver of Linux 7.2 and 7.3, and is made as
 * that is: a faux device tdx_host with the versions, a fw_upload device tdx_module below it, which
 * looks at an image's form, answers firmware-invalid to whatever goes wrong, and once the module
 * is lost, ENXIO to who asks for its version. How an update ends, its attribute "reset" says.
 *
 * Only for tests; it has nothing to do with a TDX module. A fw_upload device holds its module: it
 * cannot be unloaded.
 */
#include <linux/device/faux.h>
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait.h>

enum {
	TEXT = 16,
	MAX_MODULE_PAGES = 496,
};

/* As after a boot. "reset" writes over what a test wants otherwise. */
static const struct state {
	char answer[TEXT]; /* or refused, lost, nothing, twice, stuck */
	char version[TEXT]; /* "lost": there is no module */
	u32 updates_left;
	u32 meetings; /* so many readers meet another caller of P-SEAMLDR */
	u32 received;
	u32 attempts;
	bool released; /* a stuck transfer */
} at_boot = { "ok", "1.5.24", 15 };
static struct state state = at_boot;
static DECLARE_WAIT_QUEUE_HEAD(release_queue);

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	if (!strcmp(state.version, "lost"))
		return -ENXIO;
	return sysfs_emit(buf, "%s\n", state.version);
}
static DEVICE_ATTR_RO(version);

/* P-SEAMLDR takes one caller at a time. */
static bool meets_another(void)
{
	if (!state.meetings)
		return false;
	state.meetings--;
	return true;
}

static ssize_t seamldr_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return meets_another() ? -ENODEV : sysfs_emit(buf, "1.5.00\n");
}
static DEVICE_ATTR_ADMIN_RO(seamldr_version);

static ssize_t num_remaining_updates_show(struct device *dev, struct device_attribute *attr,
					  char *buf)
{
	return meets_another() ? -ENODEV : sysfs_emit(buf, "%u\n", state.updates_left);
}
static DEVICE_ATTR_ADMIN_RO(num_remaining_updates);

/* For the test: how much has arrived, how often, and the end of a stuck transfer. */
static ssize_t received_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", state.received);
}
static DEVICE_ATTR_RO(received);

static ssize_t attempts_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", state.attempts);
}
static DEVICE_ATTR_RO(attempts);

static ssize_t release_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t size)
{
	WRITE_ONCE(state.released, true);
	wake_up_all(&release_queue);
	return size;
}
static DEVICE_ATTR_WO(release);

/* "ANSWER VERSION UPDATES-LEFT MEETINGS" */
static ssize_t reset_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t size)
{
	struct state new = at_boot;

	if (sscanf(buf, "%15s %15s %u %u", new.answer, new.version, &new.updates_left,
		   &new.meetings) != 4)
		return -EINVAL;
	state = new;
	return size;
}
static DEVICE_ATTR_WO(reset);

static struct attribute *stub_attrs[] = {
	&dev_attr_version.attr,		      &dev_attr_seamldr_version.attr,
	&dev_attr_num_remaining_updates.attr, &dev_attr_received.attr,
	&dev_attr_attempts.attr,	      &dev_attr_release.attr,
	&dev_attr_reset.attr,		      NULL,
};
ATTRIBUTE_GROUPS(stub);

struct image_header {
	__le16 version;
	__le16 checksum; /* nobody looks */
	u8 mark[8];
	__le32 sigstruct_pages;
	__le32 module_pages;
	u8 reserved[PAGE_SIZE - 20];
} __packed;
static_assert(sizeof(struct image_header) == PAGE_SIZE);

/* All that the kernel's own looks at, before the old module is shut down. */
static bool is_image(const u8 *data, u32 size)
{
	const struct image_header *header = (const void *)data;
	u64 pages;

	if (size < sizeof(*header))
		return false;
	pages = 1ULL + le32_to_cpu(header->sigstruct_pages) + le32_to_cpu(header->module_pages);
	return pages * PAGE_SIZE == size && le16_to_cpu(header->version) == 0x200 &&
	       le32_to_cpu(header->sigstruct_pages) <= 1 &&
	       le32_to_cpu(header->module_pages) <= MAX_MODULE_PAGES &&
	       !memcmp(header->mark, "TDX-BLOB", sizeof(header->mark)) &&
	       !memchr_inv(header->reserved, 0, sizeof(header->reserved));
}

static enum fw_upload_err stub_prepare(struct fw_upload *fwl, const u8 *data, u32 size)
{
	return FW_UPLOAD_ERR_NONE;
}

/* Every CPU has installed it, and it answers. "twice": and another update came in between. */
static void install(void)
{
	if (!strcmp(state.answer, "nothing"))
		return;
	strscpy(state.version, "1.5.28", sizeof(state.version));
	state.updates_left -= strcmp(state.answer, "twice") ? 1 : 2;
}

static enum fw_upload_err stub_write(struct fw_upload *fwl, const u8 *data, u32 offset, u32 size,
				     u32 *written)
{
	state.received = size;
	state.attempts++;
	if (!is_image(data, size) || !strcmp(state.answer, "refused"))
		return FW_UPLOAD_ERR_FW_INVALID;
	if (!strcmp(state.answer, "stuck"))
		wait_event(release_queue, READ_ONCE(state.released));
	if (!strcmp(state.answer, "lost")) {
		strscpy(state.version, "lost", sizeof(state.version));
		return FW_UPLOAD_ERR_FW_INVALID;
	}
	install();
	*written = size;
	return FW_UPLOAD_ERR_NONE;
}

static enum fw_upload_err stub_poll_complete(struct fw_upload *fwl)
{
	return FW_UPLOAD_ERR_NONE;
}

static void stub_cancel(struct fw_upload *fwl)
{
}

static const struct fw_upload_ops stub_ops = {
	.prepare = stub_prepare,
	.write = stub_write,
	.poll_complete = stub_poll_complete,
	.cancel = stub_cancel,
};

static int stub_probe(struct faux_device *fdev)
{
	return PTR_ERR_OR_ZERO(firmware_upload_register(THIS_MODULE, &fdev->dev, "tdx_module",
							&stub_ops, NULL));
}

static const struct faux_device_ops stub_faux_ops = { .probe = stub_probe };

static int __init stub_init(void)
{
	return faux_device_create_with_groups("tdx_host", NULL, &stub_faux_ops, stub_groups) ?
		       0 : -ENODEV;
}

module_init(stub_init);
MODULE_DESCRIPTION("Stand-in for the kernel's own TDX module updater, for tests");
MODULE_LICENSE("GPL");
