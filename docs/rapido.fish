# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for rapido in fish: the program itself knows what may stand where. fish loads
# this file when it is installed as vendor_completions.d/rapido.fish.

function __rapido_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)

    for line in ($words[1] complete -- $words[2..-1] "$word" 2> /dev/null)
        switch $line
            case :dirs
                __fish_complete_directories "$word" ''
            case :files
                __fish_complete_path "$word"
            case :programs
                __fish_complete_command
            case :users
                __fish_complete_users
            case '*'
                echo $line
        end
    end
end

complete -c rapido -f -a '(__rapido_complete)'
