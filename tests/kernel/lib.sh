# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests with a kernel that was built from source, beyond what all functional
# tests share. Nothing here or in these tests writes to the tree in the cache: others use it
# at the same time.
. "$RAPIDO_SOURCE/tests/functional/lib.sh"

tree=$(HOME=${XDG_CACHE_HOME%/.cache} "$RAPIDO_SOURCE/tests/setup/kernel-tree") || exit 1
# shellcheck disable=SC2034 # these are for the tests
{
linux=$(realpath "$tree/linux")
build=$(realpath "$tree/build")
release=$(< "$build/include/config/kernel.release")
case $(uname -m) in
x86_64) boot_image=arch/x86/boot/bzImage ;;
aarch64) boot_image=arch/arm64/boot/Image ;;
*) boot_image=vmlinux ;;
esac
# emulated VMs, beside builds
LIMIT=180
}
# or release names get a "+", for the git repositories that the tests make
export LOCALVERSION=

# settings [LINE...]: a rapido.conf of these.
settings()
{
	mkdir -p "$XDG_CONFIG_HOME/rapido"
	printf '%s\n' "$@" > "$XDG_CONFIG_HOME/rapido/rapido.conf"
}

# A file that the test may replace, but not write to.
share_file()
{
	ln "$1" "$2" 2> /dev/null || cp -p "$1" "$2"
}

# light_tree DIR: what rapido looks at of the O= directory, the big files shared. It cannot
# be built in.
light_tree()
{
	local dir=$1 file

	mkdir -p "$dir/include/config" "$dir/${boot_image%/*}"
	for file in .config include/config/{kernel.release,auto.conf} "$boot_image" \
		modules.order modules.builtin modules.builtin.modinfo Module.symvers; do
		[[ ! -e $build/$file ]] || cp -p "$build/$file" "$dir/$file"
	done
	[[ $boot_image == vmlinux ]] || share_file "$build/vmlinux" "$dir/vmlinux"
	while read -r file; do
		file=${file%.*}.ko
		mkdir -p "$dir/${file%/*}"
		share_file "$build/$file" "$dir/$file"
	done < "$build/modules.order"
	ln -s "$linux" "$dir/source"
}

# own_tree DIR SOURCE_DIR: a tree to work in, DIR/linux and DIR/build. The files in
# SOURCE_DIR are copies, the rest of the source is links to the cache; what was built is
# copied, and `make` finds nothing to do in it.
own_tree()
{
	local dir=$1 at='' part

	mkdir -p "$dir/linux"
	for part in ${2//\// }; do
		find "$linux/$at" -mindepth 1 -maxdepth 1 ! -name "$part" \
			-exec ln -s -t "$dir/linux/$at" {} + || return 1
		at+=$part/
		mkdir "$dir/linux/$at"
	done
	cp -a "$linux/$at." "$dir/linux/$at" && cp -a "$build" "$dir/build" &&
		cd "$dir/build" || return 1
	# kbuild compares commands and dependencies with those of the last time, which have
	# absolute names; the programs in tools/ use the real ones of the source, but for one
	find . -name '.*.cmd' -exec sed -i "s,$build\>,$dir/build,g" {} +
	find . -path ./tools -prune -o -name '.*.cmd' -exec sed -i "s,$linux\>,$dir/linux,g" {} +
	find tools -name '.*.cmd' -exec sed -i "s,$linux/scripts/,$dir/linux/scripts/,g" {} +
	cd "$T" || return 1
}

# own_make DIR ARGUMENT...: make in such a tree.
own_make()
{
	local dir=$1

	shift
	# not below the make that runs the tests, nor with its settings
	run env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES -u V -u DEVELOPER \
		-u SANITIZE -u CC make -C "$dir/linux" O="$dir/build" "$@"
}

# edit_modinfo FILE PERL: the module in a new file, its .modinfo section edited by the
# expression, for which each NUL is a newline.
edit_modinfo()
{
	objcopy --dump-section .modinfo="$T/modinfo" "$1" "$T/module" &&
		tr '\0' '\n' < "$T/modinfo" | perl -pe "$2" | tr '\n' '\0' > "$T/edited" &&
		! cmp -s "$T/modinfo" "$T/edited" &&
		objcopy --update-section .modinfo="$T/edited" "$T/module" && rm "$1" &&
		mv "$T/module" "$1"
}

# would_boot IMAGE: what `boot --dry-run` says.
would_boot()
{
	run "$RAPIDO" boot --dry-run
	succeeded || return 1
	eval "words=($(< "$T/out"))"
	# shellcheck disable=SC2154 # by the line above
	[[ $(printf '%s\n' "${words[@]}" | grep -x -A1 -e -kernel | tail -n 1) == "$1" ]]
}

boots() { greeted && out_has "Rapido scratch VM running $1."; }

# Manifest NAME of the user's, of modules only.
modules_manifest()
{
	local name=$1

	shift
	manifest "$name" <<< "kmod $*"
}
