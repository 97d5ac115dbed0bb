! Neutrons that fly into a slab: where they collide, are absorbed, and leave. A batch of them is a function of Rowen's.
module transport_kernel
    use, intrinsic :: iso_c_binding
    implicit none

    integer, parameter :: CELLS = 20                  ! of the slab, each half a mean free path thick
    integer, parameter :: TALLY_SIZE = CELLS + 2         ! the flux in each cell; how many came back, and how many came through
    real(c_double), parameter :: THICKNESS = 10, ABSORBED = 0.3d0

    ! What the function gets; what it gives is real(c_double) :: tally(TALLY_SIZE).
    type, bind(c) :: batch
        integer(c_int64_t) :: first, count            ! particles, by number
    end type

contains

    function transport(in, in_size, out, out_size) bind(c) result(code)
        type(c_ptr), value :: in, out
        integer(c_int64_t), value :: in_size
        integer(c_int64_t), intent(inout) :: out_size
        integer(c_int32_t) :: code
        type(batch), pointer :: asked
        real(c_double), pointer :: tally(:)
        integer(c_int64_t) :: particle

        code = 1
        if (in_size /= c_sizeof(asked) .or. out_size < 8*TALLY_SIZE) return
        call c_f_pointer(in, asked)
        call c_f_pointer(out, tally, [TALLY_SIZE])
        tally = 0
        do particle = asked%first, asked%first + asked%count - 1
            call follow(particle, tally)
        end do
        out_size = 8*TALLY_SIZE
        code = 0
    end function

    ! One particle, from the slab's left face until it is absorbed or gone.
    subroutine follow(particle, tally)
        integer(c_int64_t), intent(in) :: particle
        real(c_double), intent(inout) :: tally(TALLY_SIZE)
        integer(c_int64_t) :: state
        real(c_double) :: x, next, direction

        state = mixed(particle)
        x = 0
        direction = sqrt(drawn(state))                ! into the slab, as from an isotropic source outside
        do
            next = x - log(drawn(state))*direction    ! in mean free paths
            call add_track(x, min(max(next, 0d0), THICKNESS), direction, tally)
            x = next
            if (x <= 0) then
                tally(CELLS + 1) = tally(CELLS + 1) + 1
                return
            else if (x >= THICKNESS) then
                tally(CELLS + 2) = tally(CELLS + 2) + 1
                return
            else if (drawn(state) < ABSORBED) then
                return
            end if
            direction = 2*drawn(state) - 1
        end do
    end subroutine

    ! The length of a track in each cell that it crosses.
    subroutine add_track(from, to, direction, tally)
        real(c_double), intent(in) :: from, to, direction
        real(c_double), intent(inout) :: tally(TALLY_SIZE)
        real(c_double), parameter :: width = THICKNESS/CELLS
        real(c_double) :: left, right
        integer :: cell

        left = min(from, to)
        right = max(from, to)
        do cell = int(left/width) + 1, min(int(right/width) + 1, CELLS)
            tally(cell) = tally(cell) + (min(right, cell*width) - max(left, (cell - 1)*width))/abs(direction)
        end do
    end subroutine

    ! Each particle has random numbers of its own, which depend on nothing but its number: whoever follows it, it goes the same way.
    real(c_double) function drawn(state)
        integer(c_int64_t), intent(inout) :: state

        state = state + 1
        drawn = (real(shiftr(mixed(state), 11), c_double) + 0.5d0)*2d0**(-53)
    end function

    ! The finalizer of SplitMix64; products wrap around (-fwrapv).
    integer(c_int64_t) function mixed(number)
        integer(c_int64_t), intent(in) :: number

        mixed = number*(-7046029254386353131_c_int64_t)
        mixed = ieor(mixed, shiftr(mixed, 30))*(-4658895280553007687_c_int64_t)
        mixed = ieor(mixed, shiftr(mixed, 27))*(-7723592293110705685_c_int64_t)
        mixed = ieor(mixed, shiftr(mixed, 31))
    end function
end module
