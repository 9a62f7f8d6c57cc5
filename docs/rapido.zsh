#compdef rapido
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for rapido in zsh: the program itself knows what may stand where. zsh loads this
# file when it is installed as site-functions/_rapido.

_rapido()
{
	local line word ret=1
	local -a found shown

	for line in ${(f)"$(${~words[1]} complete -- "${(@Q)words[2,CURRENT]}" 2> /dev/null)"}; do
		case $line in
		(:dirs) _files -/ && ret=0 ;;
		(:files) _files && ret=0 ;;
		(:programs) _command_names -e && ret=0 ;;
		(:users) _users && ret=0 ;;
		(*=$'\t'*)
			word=${line%%$'\t'*}
			compadd -S '' -- "$word" && ret=0
			;;
		(*)
			word=${line%%$'\t'*}
			found+=("$word")
			shown+=("$word${${line#*$'\t'}:+ -- ${line#*$'\t'}}")
			;;
		esac
	done
	(( ! $#found )) || { compadd -l -d shown -a -- found && ret=0 }
	return ret
}

# when zsh loads the file as a function, it calls that at once
if [[ $funcstack[1] == _rapido ]]; then
	_rapido "$@"
else
	compdef _rapido rapido
fi
