! Neutrons through a slab by Monte Carlo, in batches. Each rank has some of the batches, and its leased core follows some of those.
!
!     mpirun -n 2 ./particles serial|local|leased|both [PARTICLES]
!
! Each batch has its own tally, and all are added in their order: so the sum is the serial program's to the last bit.
program particles
    use mpi
    use rowen
    use transport_kernel
    implicit none
    integer, parameter :: BATCH_SIZE = 2000, AT_ONCE = 4
    integer(c_size_t), parameter :: TALLY_BYTES = 8*TALLY_SIZE
    type under_way
        type(c_ptr) :: request
        integer :: number
    end type
    type(under_way) :: away(AT_ONCE)
    type(c_ptr) :: client = c_null_ptr, lease = c_null_ptr, func = c_null_ptr
    character(len=16) :: way, text
    real(c_double), allocatable, target :: tallies(:, :)
    real(c_double), allocatable :: gathered(:, :)
    real(c_double) :: begun, seconds
    integer, allocatable :: counts(:), places(:)
    integer :: error, rank, ranks, team, batches, first, last, next, oldest, waiting, is_done, cores, all_cores, i
    integer(c_size_t) :: length
    logical :: is_local, is_equal

    call MPI_Init(error)
    call MPI_Comm_rank(MPI_COMM_WORLD, rank, error)
    call get_command_argument(1, way)
    text = "2000000"
    if (command_argument_count() > 1) call get_command_argument(2, text)
    read (text, *) batches
    batches = (batches + BATCH_SIZE - 1)/BATCH_SIZE
    call MPI_Comm_split(MPI_COMM_WORLD, merge(min(rank, 1), 0, way == "serial"), rank, team, error)
    if (way == "serial" .and. rank > 0) then
        call MPI_Finalize(error)
        stop
    end if
    call MPI_Comm_size(team, ranks, error)

    allocate (counts(ranks), places(ranks))
    do i = 1, ranks
        places(i) = batches*(i - 1)/ranks
        counts(i) = batches*i/ranks - places(i)
    end do
    first = places(rank + 1) + 1
    last = places(rank + 1) + counts(rank + 1)
    allocate (tallies(TALLY_SIZE, first:last))
    is_local = way == "serial" .or. way == "local" .or. way == "both"
    cores = 0
    if (way == "leased" .or. way == "both") call lease_a_core()

    call MPI_Barrier(team, error)
    begun = MPI_Wtime()
    next = first
    oldest = 1
    waiting = 0
    do while (next <= last .or. waiting > 0)
        if (cores > 0 .and. next <= last .and. waiting < AT_ONCE) then
            call send(next)
        else if (cores == 0 .and. waiting == 0) then
            call follow_here(next)
            next = next + 1
        else if (is_there(oldest) .or. .not. is_local .or. next > last) then
            call take_back()
        else
            call follow_here(next)                    ! the leased core has enough to do: one batch here meanwhile
            next = next + 1
        end if
    end do
    call MPI_Barrier(team, error)
    seconds = MPI_Wtime() - begun

    allocate (gathered(TALLY_SIZE, merge(batches, 0, rank == 0)))
    call MPI_Gatherv(tallies, TALLY_SIZE*counts(rank + 1), MPI_DOUBLE_PRECISION, &
        gathered, TALLY_SIZE*counts, TALLY_SIZE*places, MPI_DOUBLE_PRECISION, 0, team, error)
    call MPI_Reduce(cores, all_cores, 1, MPI_INTEGER, MPI_SUM, 0, team, error)
    error = rowen_release(lease)
    error = rowen_disconnect(client)
    is_equal = .true.
    if (rank == 0) then
        is_equal = is_right()
        write (text, '(f12.3)') seconds
        print '(3a, i0, a, i0, 3a)', &
            "particles, ", trim(way), ": ", ranks, " ranks, ", all_cores, " leased cores, ", trim(adjustl(text)), &
            merge(" s, equal to the serial program's result", " s, NOT the serial program's result     ", is_equal)
    end if
    call MPI_Finalize(error)
    if (.not. is_equal) error stop

contains

    ! Where the cluster is full for a second, or is not there, the rank goes on without.
    subroutine lease_a_core()
        type(rowen_lease_options) :: options
        character(len=*, kind=c_char), parameter :: path = "./libkernels.so"//c_null_char, name = "transport"//c_null_char
        character(len=len(path), kind=c_char), target :: library
        character(len=len(name), kind=c_char), target :: functions

        library = path
        functions = name
        call rowen_lease_options_init(options)
        options%library = c_loc(library)
        options%functions = c_loc(functions)
        options%max_wait_s = 1
        error = rowen_connect(c_null_ptr, client)
        if (error == ROWEN_OK) error = rowen_lease_cores(client, options, lease)
        if (error == ROWEN_OK) error = rowen_find(lease, name, func)
        if (error == ROWEN_OK) cores = 1
        if (error /= ROWEN_OK) print '(2a)', "no leased core for this rank: ", rowen_text(rowen_last_error())
    end subroutine

    function batch_of(number) result(this)
        integer, intent(in) :: number
        type(batch) :: this

        this%first = int(number - 1, c_int64_t)*BATCH_SIZE
        this%count = BATCH_SIZE
    end function

    subroutine follow_here(number)
        integer, intent(in) :: number
        type(batch), target :: asked
        integer(c_int64_t) :: room

        asked = batch_of(number)
        room = TALLY_BYTES
        if (transport(c_loc(asked), c_sizeof(asked), c_loc(tallies(1, number)), room) /= 0) error stop "transport"
    end subroutine

    subroutine send(number)
        integer, intent(in) :: number
        type(batch), target :: asked
        integer :: place

        asked = batch_of(number)                      ! copied before rowen_submit returns
        place = mod(oldest + waiting - 1, AT_ONCE) + 1
        away(place)%number = number
        error = rowen_submit(func, c_loc(asked), c_sizeof(asked), c_loc(tallies(1, number)), TALLY_BYTES, 0d0, away(place)%request)
        if (error == ROWEN_OK) then
            waiting = waiting + 1
            next = number + 1
        else
            call go_on_alone()
        end if
    end subroutine

    logical function is_there(place)
        integer, intent(in) :: place

        error = rowen_test(away(place)%request, is_done)
        is_there = is_done /= 0
    end function

    ! The oldest that is away; followed here if it was lost with its core.
    subroutine take_back()
        if (rowen_wait(away(oldest)%request, length) /= ROWEN_OK) then
            call go_on_alone()
            call follow_here(away(oldest)%number)
        end if
        oldest = mod(oldest, AT_ONCE) + 1
        waiting = waiting - 1
    end subroutine

    subroutine go_on_alone()
        if (cores > 0) print '(a, i0, 2a)', "rank ", rank, " goes on alone: ", rowen_text(rowen_last_error())
        cores = 0
    end subroutine

    ! The serial program: one batch after the other.
    logical function is_right()
        real(c_double), target :: tally(TALLY_SIZE)
        real(c_double) :: total(TALLY_SIZE), expected(TALLY_SIZE)
        type(batch), target :: asked
        integer(c_int64_t) :: room
        integer :: number

        total = 0
        expected = 0
        do number = 1, batches
            asked = batch_of(number)
            room = TALLY_BYTES
            if (transport(c_loc(asked), c_sizeof(asked), c_loc(tally), room) /= 0) error stop "transport"
            expected = expected + tally
            total = total + gathered(:, number)
        end do
        is_right = .not. any(abs(total - expected) > 0)
    end function
end program
