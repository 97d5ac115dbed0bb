! gfortran $(pkg-config --cflags rowen) rowen.f90 example.f90 $(pkg-config --libs rowen) && ./a.out ./libfunctions.so
program example
    use rowen
    implicit none
    type(c_ptr) :: client, lease, func, request
    type(rowen_lease_options) :: options
    character(len=200, kind=c_char), target :: library, names
    real(c_double), target :: book(5, 1000), prices(1000)
    integer(c_size_t) :: length
    integer :: i

    call get_command_argument(1, library)
    library = trim(library)//c_null_char
    names = "echo,black_scholes"//c_null_char
    call check(rowen_connect(c_null_ptr, client))
    call rowen_lease_options_init(options)
    options%library = c_loc(library)
    options%functions = c_loc(names)
    call check(rowen_lease_cores(client, options, lease))
    call check(rowen_find(lease, "black_scholes"//c_null_char, func))
    do i = 1, 1000
        book(:, i) = [100d0, 79.96d0 + 0.04d0*i, 1d0, 0.02d0, 0.2d0]
    end do

    ! Half of them there while this thread has time for something else.
    call check(rowen_submit(func, c_loc(book), int(500*40, c_size_t), c_loc(prices), int(500*8, c_size_t), 0d0, request))
    call check(rowen_wait(request, length))
    call check(rowen_invoke(func, c_loc(book(1, 501)), int(500*40, c_size_t), c_loc(prices(501)), &
        int(500*8, c_size_t), length, 0d0))
    call check(rowen_release(lease))
    options%functions = c_null_ptr
    block
        real(c_double), target :: again(1000)
        call check(rowen_map(client, options, "black_scholes"//c_null_char, c_loc(book), 40_c_size_t, 1000_c_size_t, &
            c_loc(again), 8_c_size_t))
        if (any(abs(again - prices) > 0)) error stop "the map and the calls differ"
    end block
    call check(rowen_disconnect(client))
    print '(a, f8.4)', "at the money: ", prices(501)

contains
    subroutine check(code)
        integer(c_int), intent(in) :: code
        if (code /= ROWEN_OK) then
            print *, rowen_text(rowen_error_name(code)), ": ", rowen_text(rowen_last_error())
            error stop
        end if
    end subroutine
end program
