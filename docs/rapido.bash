# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for rapido in bash: commands, options, names of tests, kernels and files.
# bash-completion loads it when it is installed as completions/rapido; or use `.`.

# _rapido_words WORD CANDIDATE...: add the candidates that begin with WORD, quoted for the
# shell. A name may contain anything; `compgen -W` would run commands in it.
_rapido_words()
{
	local word=$1 candidate quoted

	shift
	for candidate; do
		printf -v quoted %q "$candidate"
		[[ -n $candidate && ($candidate == "$word"* || $quoted == "$word"*) ]] &&
			COMPREPLY+=("$quoted")
	done
}

# Add files and directories that begin with $1.
_rapido_files()
{
	compopt -o filenames 2> /dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Add the tests that the program $1 lists, or files if $2 is a path.
_rapido_tests()
{
	local names

	if [[ $2 == */* || $2 == .* || $2 == \~* ]]; then
		_rapido_files "$2"
	else
		mapfile -t names < <("$1" list 2> /dev/null)
		_rapido_words "$2" "${names[@]}"
	fi
}

# Add what -k accepts: installed releases, files and directories.
_rapido_kernels()
{
	local dir releases=()

	for dir in /lib/modules/*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		releases+=("${dir##*/}")
	done
	_rapido_files "$1"
	[[ $1 == */* ]] || _rapido_words "$1" "${releases[@]}"
}

# Print the numbers of the running VMs, which the program $1 lists.
_rapido_running()
{
	"$1" ps 2> /dev/null | sed -n 's/^\([0-9][0-9]*\) .*/\1/p'
}

# shellcheck disable=SC2086 # the lists of words contain nothing special
_rapido()
{
	local program=$1 word=$2 previous=$3 command='' i end running
	local commands='boot check config cp cut exec gdb help list log ls net ps run' takes
	local common='--help --quiet --verbose' IFS=$' \t\n'
	local vm='-k -m --kernel --cpus --memory --append --disk --network --gdb'
	vm+=' --qemu-arg --uml-arg'
	local image='-f -x -o --file --command --output --bin --kmod --put'

	COMPREPLY=()

	commands+=' setup-network shell stop teardown-network why'
	# the shell does not expand ~ before completion
	[[ ${program:0:2} != \~/ ]] || program=$HOME/${program:2}
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} != -* ]]; then
			command=${COMP_WORDS[i]}
			break
		fi
	done

	case $command in
	'')
		_rapido_words "$word" $commands --version --help -q -v
		return
		;;
	cut) takes="-B --no-boot $vm $image" ;;
	run)
		takes="-i --image --timeout --with --boot-timeout --hang-timeout --results --junit"
		takes+=" --json --on-fault= --allow-fault --no-fault-check --tap= --repeat"
		takes+=" --until-failure $vm $image"
		;;
	shell) takes="$vm $image" ;;
	why) takes=$image ;;
	boot | vm) takes="-n --dry-run $vm" ;;
	check) takes='-k --kernel --gdb' ;;
	config) takes='-k --kernel' ;;
	exec) takes='-t --tty' ;;
	gdb) takes='--vmlinux --force' ;;
	log) takes='-f --follow' ;;
	net) takes='-b --bridge' ;;
	setup-network) takes='-a -b -n -o --address --bridge --dry-run --force --owner' ;;
	stop) takes='-t --timeout' ;;
	teardown-network) takes='-b -n --bridge --dry-run --force' ;;
	*) takes= ;;
	esac

	# behind "--" there is a program of the host, and then files
	for ((end = 2; end < COMP_CWORD; end++)); do
		[[ ${COMP_WORDS[end]} == -- && " run shell why " == *" $command "* ]] || continue
		if ((end == COMP_CWORD - 1)) && [[ $word != */* ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$word" | sort -u)
		else
			_rapido_files "$word"
		fi
		return
	done

	case $previous in
	--with)
		_rapido_tests "$program" "$word"
		return
		;;
	-k | --kernel)
		_rapido_kernels "$word"
		return
		;;
	-f | --file | -o | --output | -i | --image | --results | --junit | --vmlinux | --disk | --put)
		if [[ $command == setup-network ]]; then
			mapfile -t COMPREPLY < <(compgen -u -- "$word")
			return
		elif [[ $command != log ]]; then
			_rapido_files "$word"
			return
		fi
		;;
	--network)
		_rapido_words "$word" tap lan user passt none
		return
		;;
	-a | --address | -b | --bridge)
		return
		;;
	--owner)
		mapfile -t COMPREPLY < <(compgen -u -- "$word")
		return
		;;
	--bin)
		mapfile -t COMPREPLY < <(compgen -c -- "$word" | sort -u)
		return
		;;
	-t)
		# of exec it has no argument
		[[ $command == exec ]] || return
		;;
	-x | --command | --timeout | --boot-timeout | --hang-timeout | --allow-fault | --repeat)
		return
		;;
	-m | --memory | --cpus | --append | --kmod | --qemu-arg | --uml-arg)
		return
		;;
	esac
	if [[ $word == -* ]]; then
		_rapido_words "$word" $takes $common
		return
	fi

	case $command in
	cut | run | check | config) _rapido_tests "$program" "$word" ;;
	boot | vm | ls) _rapido_files "$word" ;;
	help) _rapido_words "$word" $commands ;;
	exec | gdb | log | stop)
		mapfile -t running < <(_rapido_running "$program")
		[[ $command != stop ]] || running+=(all)
		_rapido_words "$word" "${running[@]}"
		;;
	cp)
		mapfile -t running < <(_rapido_running "$program")
		_rapido_files "$word"
		_rapido_words "$word" "${running[@]/%/:}"
		;;
	why)
		# the path exists on the host, too; the test comes after it
		if ((COMP_CWORD - i > 1)); then
			_rapido_tests "$program" "$word"
		else
			_rapido_files "$word"
		fi
		;;
	esac
}

complete -F _rapido rapido
