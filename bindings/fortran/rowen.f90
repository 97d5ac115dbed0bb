! rowen.f90: rowen.h for Fortran 2008. Each call is the C function of that name, and means what rowen.h says of it.
! Handles are type(c_ptr); text goes in with trim(text)//c_null_char, and comes out with rowen_text.
module rowen
    use, intrinsic :: iso_c_binding
    implicit none

    integer(c_int), parameter :: &
        ROWEN_OK = 0, ROWEN_AGAIN = 1, ROWEN_BAD_ARGUMENT = 2, ROWEN_FORKED = 3, ROWEN_DONE = 4, ROWEN_NO_OBJECT = 5, &
        ROWEN_CAPACITY_EXHAUSTED = 100, &
        ROWEN_LEASE_ENDED = 101, ROWEN_LEASE_EXPIRED = 102, ROWEN_LEASE_RELEASED = 103, ROWEN_LEASE_REVOKED = 104, &
        ROWEN_QUEUE_FULL = 105, ROWEN_UNKNOWN_LEASE = 106, ROWEN_WAITED_TOO_LONG = 107, ROWEN_LIMIT_EXCEEDED = 108, &
        ROWEN_FUNCTION_FAILED = 200, ROWEN_DEADLINE_EXCEEDED = 201, ROWEN_NOT_EXECUTED = 202, ROWEN_UNKNOWN = 203, &
        ROWEN_UNKNOWN_FUNCTION = 204, ROWEN_WRONG_SIGNATURE = 205, ROWEN_INPUT_TOO_LARGE = 206, ROWEN_RESULT_TOO_LARGE = 207, &
        ROWEN_OUTPUT_OVERRUN = 208, ROWEN_FUNCTION_EXITED_PROCESS = 209, ROWEN_EXECUTOR_CRASHED = 210, &
        ROWEN_OUT_OF_MEMORY = 211, ROWEN_MALFORMED_INPUT = 212, ROWEN_CANNOT_SHIP = 213, ROWEN_COMMAND_FAILED = 214, &
        ROWEN_COMMAND_NOT_STARTED = 215, ROWEN_PEER_LOST = 300, ROWEN_MALFORMED_MESSAGE = 301, ROWEN_OTHER_VERSION = 302, &
        ROWEN_NOT_AUTHENTICATED = 303, ROWEN_NO_PROVIDER = 304, ROWEN_STALE_MEMORY = 305, ROWEN_PACKAGE_HASH_DIFFERS = 400, &
        ROWEN_UNKNOWN_PACKAGE = 401, ROWEN_PACKAGE_UNUSABLE = 402, ROWEN_PACKAGE_TOO_LARGE = 403, ROWEN_BAD_REQUEST = 500, &
        ROWEN_MANAGER_UNREACHABLE = 501, ROWEN_STORAGE_FAILED = 502, ROWEN_BAD_CLUSTER_FILE = 503, &
        ROWEN_STATE_FOLDER_IN_USE = 504, ROWEN_UNKNOWN_NODE = 505, ROWEN_BATCH_SYSTEM_FAILED = 506, ROWEN_INTERNAL = 599, &
        ROWEN_UNKNOWN_JOB = 600, ROWEN_JOB_DAMAGED = 601, ROWEN_JOB_IN_USE = 602, ROWEN_JOB_NOT_READY = 603, &
        ROWEN_STORE_FAILED = 700

    ! rowen_lease_options; set by rowen_lease_options_init.
    type, bind(c) :: rowen_lease_options
        integer(c_int32_t) :: size, cores, slots, is_impatient
        integer(c_int64_t) :: memory_bytes, slot_bytes
        real(c_double) :: duration_s, hot_window_s, max_wait_s
        type(c_ptr) :: provider, library, functions, package
    end type

    type, bind(c) :: rowen_bytes
        type(c_ptr) :: data
        integer(c_size_t) :: size
    end type

    ! rowen_map_limits, with its defaults.
    type, bind(c) :: rowen_map_limits
        integer(c_int32_t) :: size = 32, max_executor_deaths = 0
        real(c_double) :: deadline_s = 0, timeout_s = 0
        integer(c_int32_t) :: cores_per_lease = 0
    end type

    type, bind(c) :: rowen_map_item
        integer(c_size_t) :: index
        type(c_ptr) :: data
        integer(c_size_t) :: size
        integer(c_int) :: code, core
        real(c_double) :: duration_s
    end type

    interface
        function rowen_version() bind(c)
            import; type(c_ptr) :: rowen_version
        end function
        function rowen_error_name(code) bind(c)
            import; integer(c_int), value :: code; type(c_ptr) :: rowen_error_name
        end function
        function rowen_last_error() bind(c)
            import; type(c_ptr) :: rowen_last_error
        end function
        function rowen_connect(cluster_file, client) bind(c)
            import; type(c_ptr), value :: cluster_file; type(c_ptr), intent(out) :: client; integer(c_int) :: rowen_connect
        end function
        function rowen_start_local(rowen_path, cores, client) bind(c)
            import; type(c_ptr), value :: rowen_path; integer(c_int32_t), value :: cores; type(c_ptr), intent(out) :: client
            integer(c_int) :: rowen_start_local
        end function
        function rowen_disconnect(client) bind(c)
            import; type(c_ptr), value :: client; integer(c_int) :: rowen_disconnect
        end function
        subroutine rowen_lease_options_init(options) bind(c)
            import; type(rowen_lease_options), intent(out) :: options
        end subroutine
        function rowen_lease_cores(client, options, lease) bind(c)
            import; type(c_ptr), value :: client; type(rowen_lease_options), intent(in) :: options
            type(c_ptr), intent(out) :: lease; integer(c_int) :: rowen_lease_cores
        end function
        function rowen_release(lease) bind(c)
            import; type(c_ptr), value :: lease; integer(c_int) :: rowen_release
        end function
        function rowen_lease_end(lease) bind(c)
            import; type(c_ptr), value :: lease; integer(c_int) :: rowen_lease_end
        end function
        function rowen_lease_is_held(lease) bind(c)
            import; type(c_ptr), value :: lease; integer(c_int) :: rowen_lease_is_held
        end function
        function rowen_lease_provider(lease) bind(c)
            import; type(c_ptr), value :: lease; type(c_ptr) :: rowen_lease_provider
        end function
        function rowen_find(lease, name, func) bind(c)
            import; type(c_ptr), value :: lease; character(kind=c_char), intent(in) :: name(*); type(c_ptr), intent(out) :: func
            integer(c_int) :: rowen_find
        end function
        function rowen_invoke(func, in, in_size, out, out_capacity, out_size, deadline_s) bind(c)
            import; type(c_ptr), value :: func, in, out; integer(c_size_t), value :: in_size, out_capacity
            integer(c_size_t), intent(out) :: out_size; real(c_double), value :: deadline_s; integer(c_int) :: rowen_invoke
        end function
        function rowen_submit(func, in, in_size, out, out_capacity, deadline_s, request) bind(c)
            import; type(c_ptr), value :: func, in, out; integer(c_size_t), value :: in_size, out_capacity
            real(c_double), value :: deadline_s; type(c_ptr), intent(out) :: request; integer(c_int) :: rowen_submit
        end function
        function rowen_test(request, is_done) bind(c)
            import; type(c_ptr), value :: request; integer(c_int), intent(out) :: is_done; integer(c_int) :: rowen_test
        end function
        function rowen_wait(request, out_size) bind(c)
            import; type(c_ptr), value :: request; integer(c_size_t), intent(out) :: out_size; integer(c_int) :: rowen_wait
        end function
        function rowen_invoke_or_run(func, local, in, in_size, out, out_capacity, out_size, ran_locally, deadline_s) bind(c)
            import; type(c_ptr), value :: func, in, out; type(c_funptr), value :: local
            integer(c_size_t), value :: in_size, out_capacity; integer(c_size_t), intent(out) :: out_size
            integer(c_int), intent(out) :: ran_locally; real(c_double), value :: deadline_s; integer(c_int) :: rowen_invoke_or_run
        end function
        function rowen_map(client, options, func, items, item_size, count, results, result_size) bind(c)
            import; type(c_ptr), value :: client, items, results; type(rowen_lease_options), intent(in) :: options
            character(kind=c_char), intent(in) :: func(*); integer(c_size_t), value :: item_size, count, result_size
            integer(c_int) :: rowen_map
        end function
        function rowen_map_each(client, options, func, items, count, on_result, context) bind(c)
            import; type(c_ptr), value :: client, context; type(rowen_lease_options), intent(in) :: options
            type(rowen_bytes), intent(in) :: items(*); character(kind=c_char), intent(in) :: func(*)
            integer(c_size_t), value :: count; type(c_funptr), value :: on_result; integer(c_int) :: rowen_map_each
        end function
        function rowen_memory_lease(client, size, nodes, memory) bind(c)
            import; type(c_ptr), value :: client; integer(c_int64_t), value :: size; integer(c_int32_t), value :: nodes
            type(c_ptr), intent(out) :: memory; integer(c_int) :: rowen_memory_lease
        end function
        function rowen_memory_read(memory, offset, target, size) bind(c)
            import; type(c_ptr), value :: memory, target; integer(c_int64_t), value :: offset; integer(c_size_t), value :: size
            integer(c_int) :: rowen_memory_read
        end function
        function rowen_memory_write(memory, offset, source, size) bind(c)
            import; type(c_ptr), value :: memory, source; integer(c_int64_t), value :: offset; integer(c_size_t), value :: size
            integer(c_int) :: rowen_memory_write
        end function
        function rowen_memory_release(memory) bind(c)
            import; type(c_ptr), value :: memory; integer(c_int) :: rowen_memory_release
        end function
        function rowen_store_open(client, uri, store) bind(c)
            import; type(c_ptr), value :: client; character(kind=c_char), intent(in) :: uri(*); type(c_ptr), intent(out) :: store
            integer(c_int) :: rowen_store_open
        end function
        function rowen_store_close(store) bind(c)
            import; type(c_ptr), value :: store; integer(c_int) :: rowen_store_close
        end function
        function rowen_store_put(store, name, data, size) bind(c)
            import; type(c_ptr), value :: store, data; character(kind=c_char), intent(in) :: name(*)
            integer(c_size_t), value :: size; integer(c_int) :: rowen_store_put
        end function
        function rowen_store_delete(store, name) bind(c)
            import; type(c_ptr), value :: store; character(kind=c_char), intent(in) :: name(*); integer(c_int) :: rowen_store_delete
        end function
        function rowen_object_open(store, name, object, size) bind(c)
            import; type(c_ptr), value :: store; character(kind=c_char), intent(in) :: name(*); type(c_ptr), intent(out) :: object
            integer(c_int64_t), intent(out) :: size; integer(c_int) :: rowen_object_open
        end function
        function rowen_object_read(object, offset, target, size) bind(c)
            import; type(c_ptr), value :: object, target; integer(c_int64_t), value :: offset; integer(c_size_t), value :: size
            integer(c_int) :: rowen_object_read
        end function
        function rowen_object_close(object) bind(c)
            import; type(c_ptr), value :: object; integer(c_int) :: rowen_object_close
        end function
        function rowen_store_copy(store, name, copy) bind(c)
            import; type(c_ptr), value :: store; character(kind=c_char), intent(in) :: name(*), copy(*)
            integer(c_int) :: rowen_store_copy
        end function
        function rowen_store_list(store, prefix, on_object, context) bind(c)
            import; type(c_ptr), value :: store, context; character(kind=c_char), intent(in) :: prefix(*)
            type(c_funptr), value :: on_object; integer(c_int) :: rowen_store_list
        end function
        function rowen_lease_name(lease) bind(c)
            import; type(c_ptr), value :: lease; type(c_ptr) :: rowen_lease_name
        end function
        function rowen_call_open(func, call) bind(c)
            import; type(c_ptr), value :: func; type(c_ptr), intent(out) :: call; integer(c_int) :: rowen_call_open
        end function
        function rowen_call_start(call, pieces, count, out_capacity, deadline_s) bind(c)
            import; type(c_ptr), value :: call; type(rowen_bytes), intent(in) :: pieces(*)
            integer(c_size_t), value :: count, out_capacity; real(c_double), value :: deadline_s; integer(c_int) :: rowen_call_start
        end function
        function rowen_call_room(call, size, room, deadline_s) bind(c)
            import; type(c_ptr), value :: call; integer(c_size_t), value :: size; type(c_ptr), intent(out) :: room
            real(c_double), value :: deadline_s; integer(c_int) :: rowen_call_room
        end function
        function rowen_call_send(call, size, out_capacity, deadline_s) bind(c)
            import; type(c_ptr), value :: call; integer(c_size_t), value :: size, out_capacity
            real(c_double), value :: deadline_s; integer(c_int) :: rowen_call_send
        end function
        function rowen_call_wait(call, timeout_s, out, out_size) bind(c)
            import; type(c_ptr), value :: call; real(c_double), value :: timeout_s; type(c_ptr), intent(out) :: out
            integer(c_size_t), intent(out) :: out_size; integer(c_int) :: rowen_call_wait
        end function
        function rowen_call_close(call) bind(c)
            import; type(c_ptr), value :: call; integer(c_int) :: rowen_call_close
        end function
        function rowen_map_start(client, options, limits, func, items, count, map) bind(c)
            import; type(c_ptr), value :: client; type(rowen_lease_options), intent(in) :: options
            type(rowen_map_limits), intent(in) :: limits; character(kind=c_char), intent(in) :: func(*)
            type(rowen_bytes), intent(in) :: items(*); integer(c_size_t), value :: count; type(c_ptr), intent(out) :: map
            integer(c_int) :: rowen_map_start
        end function
        function rowen_map_next(map, timeout_s, item) bind(c)
            import; type(c_ptr), value :: map; real(c_double), value :: timeout_s; type(rowen_map_item), intent(out) :: item
            integer(c_int) :: rowen_map_next
        end function
        function rowen_map_end(map) bind(c)
            import; type(c_ptr), value :: map; integer(c_int) :: rowen_map_end
        end function
    end interface

contains

    ! A string of the library's.
    function rowen_text(text) result(copy)
        type(c_ptr), intent(in) :: text
        character(len=:), allocatable :: copy
        character(kind=c_char), pointer :: letters(:)
        integer :: length, i
        interface
            function strlen(text) bind(c)
                import; type(c_ptr), value :: text; integer(c_size_t) :: strlen
            end function
        end interface
        length = int(strlen(text))
        call c_f_pointer(text, letters, [length])
        allocate (character(len=length) :: copy)
        do i = 1, length
            copy(i:i) = letters(i)
        end do
    end function
end module
