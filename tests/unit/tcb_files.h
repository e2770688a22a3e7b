/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TCB_FILES_H
#define TESTS_UNIT_TCB_FILES_H

/* TCB infos like the publisher's, in which nothing is. */

#define TCB_HEAD(id, version, number, expires) \
	"{\"id\":\"" id "\",\"version\":" version ",\"issueDate\":\"2030-01-02T03:04:05Z\"," \
	"\"nextUpdate\":\"" expires "\",\"fmspc\":\"b0c06f000000\",\"pceId\":\"0000\"," \
	"\"tcbType\":0,\"tcbEvaluationDataNumber\":" number
#define TCB_MODULE(id, levels) "{\"id\":\"" id "\",\"mrsigner\":\"00\",\"tcbLevels\":[" levels "]}"
#define TCB_LEVEL(svn, status) \
	"{\"tcb\":{\"isvsvn\":" svn "},\"tcbDate\":\"2025-08-13T00:00:00Z\",\"tcbStatus\":\"" \
	status "\"}"
#define TCB_LEVEL_WITH(svn, status, advisories) \
	"{\"tcb\":{\"isvsvn\":" svn "},\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"" \
	status "\",\"advisoryIDs\":[" advisories "]}"
#define TCB_MODULES(modules) ",\"tdxModuleIdentities\":[" modules "]"
#define TCB_TAIL ",\"tcbLevels\":[]}"

/* In no order, and in lower case. */
#define TCB_USUAL TCB_MODULES( \
	TCB_MODULE("tdx_01", TCB_LEVEL_WITH("6", "OutOfDate", "\"INTEL-SA-01192\",\"INTEL-SA-01245\"") \
		   "," TCB_LEVEL("14", "UpToDate") "," TCB_LEVEL("2", "Revoked") \
		   "," TCB_LEVEL("13", "UpToDate") "," TCB_LEVEL("4", "OutOfDate")) "," \
	TCB_MODULE("OTHER", "") "," \
	TCB_MODULE("TDX_03", TCB_LEVEL("5", "UpToDate") "," TCB_LEVEL("3", "OutOfDate")) "," \
	TCB_MODULE("TDX_0a", TCB_LEVEL("7", "Revoked")))
#define TCB_BODY(number, expires) TCB_HEAD("TDX", "3", number, expires) TCB_USUAL TCB_TAIL
#define TCB_FUTURE "2099-01-02T03:04:05Z"
#define TCB_PAST "2030-02-02T03:04:05Z"

#define TCB_HEX32 "0123456789abcdef0123456789ABCDEF"
#define TCB_SIGNATURE TCB_HEX32 TCB_HEX32 TCB_HEX32 TCB_HEX32
#define TCB_ANSWER(body) "{\"tcbInfo\":" body ",\"signature\":\"" TCB_SIGNATURE "\"}"

#endif
