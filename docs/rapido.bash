# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for rapido in bash: the program itself knows what may stand where. The package
# bash-completion loads this file when it is installed as completions/rapido; or use `.`.

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

# _rapido_names KIND WORD: add the names of a kind that bash knows.
_rapido_names()
{
	local names

	[[ $1 != [fd] ]] || compopt -o filenames 2> /dev/null
	mapfile -t names < <(compgen "-$1" -- "$2")
	COMPREPLY+=("${names[@]}")
}

# _rapido_programs WORD: add the programs on PATH, each once. compgen -c has the shell's own
# commands as well, which no VM has.
_rapido_programs()
{
	local dirs dir file
	local -A names=()

	IFS=: read -ra dirs <<< "$PATH"
	for dir in "${dirs[@]}"; do
		for file in "${dir:-.}/$1"*; do
			[[ ! -f $file || ! -x $file ]] || names[${file##*/}]=1
		done
	done
	_rapido_words "$1" "${!names[@]}"
}

_rapido()
{
	local program=$1 word=$2 words=() before='' candidate i IFS=$' \t\n'

	COMPREPLY=()
	# the shell does not expand ~ before completion
	[[ ${program:0:2} != \~/ ]] || program=$HOME/${program:2}
	# bash takes the = in --tap=fail for a word, unless the user has told it otherwise
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if [[ ${#words[@]} -gt 0 && (${COMP_WORDS[i]} == '=' || ${COMP_WORDS[i - 1]} == '=') ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
	done
	[[ ${words[-1]} == "${COMP_WORDS[COMP_CWORD]}" ]] || before=${words[-1]%%=*}=

	while IFS=$'\t' read -r candidate _; do
		case $candidate in
		:dirs) _rapido_names d "$word" ;;
		:files) _rapido_names f "$word" ;;
		:programs) [[ $word == */* ]] || _rapido_programs "$word" ;;
		:users) _rapido_names u "$word" ;;
		*) _rapido_words "$word" "${candidate#"$before"}" ;;
		esac
	done < <("$program" complete -- "${words[@]}" 2> /dev/null)
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2> /dev/null
}

complete -F _rapido rapido
