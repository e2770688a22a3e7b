// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for the kernel's own updater, the tdx_host driver of Linux 7.2: a real fw_upload device
 * named tdx_module below a device with the versions. What it answers, its attribute "reset" says.
 * Only for tests; it has nothing to do with a TDX module. A fw_upload device holds its module: it
 * cannot be unloaded.
 */
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/string.h>
#include <linux/wait.h>

enum { TEXT = 16 };

/* As after a boot. "reset" writes over what a test wants otherwise. */
static const struct state {
	char answer[TEXT]; /* or busy, invalid, stuck */
	char version[TEXT];
	u32 updates_left;
	u32 received;
	bool released; /* a stuck transfer */
} at_boot = { "ok", "1.5.24", 15 };
static struct state state = at_boot;
static DECLARE_WAIT_QUEUE_HEAD(release_queue);

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", state.version);
}
static DEVICE_ATTR_RO(version);

static ssize_t seamldr_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "1.5.00\n");
}
static DEVICE_ATTR_ADMIN_RO(seamldr_version);

static ssize_t num_remaining_updates_show(struct device *dev, struct device_attribute *attr,
					  char *buf)
{
	return sysfs_emit(buf, "%u\n", state.updates_left);
}
static DEVICE_ATTR_ADMIN_RO(num_remaining_updates);

/* For the test: how much has arrived, and the end of a stuck transfer. */
static ssize_t received_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", state.received);
}
static DEVICE_ATTR_RO(received);

static ssize_t release_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t size)
{
	WRITE_ONCE(state.released, true);
	wake_up_all(&release_queue);
	return size;
}
static DEVICE_ATTR_WO(release);

/* "ANSWER VERSION UPDATES-LEFT" */
static ssize_t reset_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t size)
{
	struct state new = at_boot;

	if (sscanf(buf, "%15s %15s %u", new.answer, new.version, &new.updates_left) != 3)
		return -EINVAL;
	state = new;
	return size;
}
static DEVICE_ATTR_WO(reset);

static struct attribute *stub_attrs[] = {
	&dev_attr_version.attr,		 &dev_attr_seamldr_version.attr,
	&dev_attr_num_remaining_updates.attr, &dev_attr_received.attr,
	&dev_attr_release.attr,		 &dev_attr_reset.attr,
	NULL,
};
ATTRIBUTE_GROUPS(stub);

/* A v2 image, as far as mainline's updater looks. */
static bool is_v2(const u8 *data, u32 size)
{
	return size > 8192 && data[0] == 0x00 && data[1] == 0x02 && !memcmp(data + 4, "TDX-BLOB", 8);
}

static enum fw_upload_err stub_prepare(struct fw_upload *fwl, const u8 *data, u32 size)
{
	return strcmp(state.answer, "busy") ? FW_UPLOAD_ERR_NONE : FW_UPLOAD_ERR_BUSY;
}

static enum fw_upload_err stub_write(struct fw_upload *fwl, const u8 *data, u32 offset, u32 size,
				     u32 *written)
{
	state.received = size;
	if (!is_v2(data, size) || !strcmp(state.answer, "invalid"))
		return FW_UPLOAD_ERR_FW_INVALID;
	if (!strcmp(state.answer, "stuck"))
		wait_event(release_queue, READ_ONCE(state.released));
	*written = size;
	strscpy(state.version, "1.5.28", sizeof(state.version));
	state.updates_left--;
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

static int __init stub_init(void)
{
	struct platform_device_info info = { .name = "tdx_host" };
	struct platform_device *device;
	struct fw_upload *upload;
	int err;

	device = platform_device_register_full(&info);
	if (IS_ERR(device))
		return PTR_ERR(device);
	err = sysfs_create_groups(&device->dev.kobj, stub_groups);
	if (err)
		goto unregister;
	upload = firmware_upload_register(THIS_MODULE, &device->dev, "tdx_module", &stub_ops, NULL);
	if (!IS_ERR(upload))
		return 0;
	err = PTR_ERR(upload);
	sysfs_remove_groups(&device->dev.kobj, stub_groups);
unregister:
	platform_device_unregister(device);
	return err;
}

module_init(stub_init);
MODULE_DESCRIPTION("Stand-in for the kernel's own TDX module updater, for tests");
MODULE_LICENSE("GPL");
