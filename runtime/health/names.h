/* SPDX-License-Identifier: MIT */
/* names.h: what the stubs of health.idl are called inside the runtime, whose static library must not be
 * in the way of programs that have stubs of that IDL, or of another version of it. */
#ifndef IDL__HEALTH_NAMES_H
#define IDL__HEALTH_NAMES_H

#define grpc_health_v1_health_check_complete idl__health_check_complete
#define grpc_health_v1_health_check_request_decode idl__health_request_decode
#define grpc_health_v1_health_check_request_encode idl__health_request_encode
#define grpc_health_v1_health_check_request_type idl__health_request_type
#define grpc_health_v1_health_check_response_decode idl__health_response_decode
#define grpc_health_v1_health_check_response_encode idl__health_response_encode
#define grpc_health_v1_health_check_response_type idl__health_response_type
#define grpc_health_v1_health_serve idl__health_serve
#define grpc_health_v1_health_watch_emit idl__health_watch_emit
#define grpc_health_v1_serving_status_name idl__health_status_name

#endif
