// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames: what is written is read again, and nothing else is. */
#include "fixture.h"
#include "lib/wire.h"

static unsigned char frame_bytes[WIRE_FRAME_MAX + 8];
static struct wire_frame frame;

static size_t make(enum wire_type type, uint32_t number, const void *payload, size_t size)
{
	wire_header(frame_bytes, type, number, payload, size);
	if (size)
		memcpy(frame_bytes + WIRE_HEADER, payload, size);
	return WIRE_HEADER + size;
}

/* Make the checksum of a frame right again after a change to it. */
static void sign(size_t size)
{
	uint64_t sum = wire_checksum(0, frame_bytes, 16);

	sum = wire_checksum(sum, frame_bytes + WIRE_HEADER, size - WIRE_HEADER);
	wire_put64(frame_bytes + 16, sum);
}

DEFINE_TEST(checksum__known_values__as_described)
{
	assert_true(wire_checksum(0, "", 0) == 0);
	/* the words 1 and 2: s1 is 3, s2 is 1 + 3 */
	assert_true(wire_checksum(0, "\1\0\0\0\2\0\0\0", 8) == (4ULL << 32 | 3));
	assert_true(wire_checksum(0, "\1\0\0\0\2", 5) == (4ULL << 32 | 3));
	assert_true(wire_checksum(0, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) ==
		    (0xfffffffdULL << 32 | 0xfffffffe));
}

DEFINE_TEST(checksum__in_pieces__same)
{
	unsigned char data[103];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 37 + 200);
	for (size_t cut = 0; cut < sizeof(data); cut += 4)
		assert_true(wire_checksum(wire_checksum(0, data, cut), data + cut,
					  sizeof(data) - cut) ==
			    wire_checksum(0, data, sizeof(data)));
}

DEFINE_TEST(checksum__words_exchanged__differs)
{
	assert_true(wire_checksum(0, "abcdefgh", 8) != wire_checksum(0, "efghabcd", 8));
}

DEFINE_TEST(numbers__round_trip__little_endian)
{
	unsigned char at[8];

	wire_put64(at, 0x8182838485868788ULL);
	assert_int_equal(at[0], 0x88);
	assert_int_equal(at[7], 0x81);
	assert_true(wire_get64(at) == 0x8182838485868788ULL);
	assert_int_equal(wire_get32(at), 0x85868788);
}

DEFINE_TEST(header__of_a_frame__documented_layout)
{
	static const unsigned char expected[16] = { 'R', 'P', 'D', 'O', 64, 0, 0, 0,
						    5,	 1,   0,   0,	3,  0, 0, 0 };

	make(WIRE_STDIN, 0x105, "abc", 3);
	assert_memory_equal(frame_bytes, expected, sizeof(expected));
}

DEFINE_TEST(parse__payloads_of_all_lengths__come_back)
{
	static unsigned char payload[WIRE_PAYLOAD_MAX];
	static const size_t sizes[] = {
		0, 1, 2, 3, 4, 5, 4095, WIRE_PAYLOAD_MAX - 1, WIRE_PAYLOAD_MAX
	};

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (unsigned char)(i * 7);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t len = make(WIRE_STDOUT, (uint32_t)i, payload, sizes[i]);

		/* what is behind it does not matter */
		assert_int_equal(wire_parse(&frame, frame_bytes, len + 8, (uint32_t)i),
				 len);
		assert_int_equal(frame.type, WIRE_STDOUT);
		assert_int_equal(frame.size, sizes[i]);
		assert_memory_equal(frame.payload, payload, sizes[i]);
	}
}

DEFINE_TEST(parse__every_shorter_piece__more_is_needed)
{
	size_t len = make(WIRE_KMSG, 7, "6,1,2,-;hello", 14);

	for (size_t size = 0; size < len; size++)
		assert_int_equal(wire_parse(&frame, frame_bytes, size, 7), 0);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 7), len);
}

DEFINE_TEST(parse__every_flipped_bit__no_frame)
{
	size_t len = make(WIRE_CASE_BEGIN, 3, "\0\0\0\0name", 8);

	for (size_t bit = 0; bit < len * 8; bit++) {
		frame_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		/* 0: a length that is greater now; what follows cannot make it right */
		assert_true(wire_parse(&frame, frame_bytes, len, 3) <= 0);
		if (bit / 32 != 3)
			assert_int_equal(wire_parse(&frame, frame_bytes, len, 3), -1);
		frame_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 3), len);
}

DEFINE_TEST(parse__other_number__no_frame)
{
	size_t len = make(WIRE_ALIVE, 3, NULL, 0);

	assert_int_equal(wire_parse(&frame, frame_bytes, len, 2), -1);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 4), -1);
	len = make(WIRE_ALIVE, UINT32_MAX, NULL, 0);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, UINT32_MAX), len);
}

DEFINE_TEST(parse__too_long__no_frame)
{
	size_t len = make(WIRE_STDOUT, 0, NULL, 0);

	wire_put32(frame_bytes + 12, WIRE_PAYLOAD_MAX + 1);
	sign(len);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 0), -1);
	wire_put32(frame_bytes + 12, UINT32_MAX);
	sign(len);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 0), -1);
}

DEFINE_TEST(parse__reserved_not_zero__no_frame)
{
	size_t len = make(WIRE_STDOUT, 0, "x", 1);

	frame_bytes[7] = 1;
	sign(len);
	assert_int_equal(wire_parse(&frame, frame_bytes, len, 0), -1);
}

DEFINE_TEST(parse__no_magic__known_from_four_bytes)
{
	assert_int_equal(wire_parse(&frame, (const unsigned char *)"RPD", 3, 0), 0);
	assert_int_equal(wire_parse(&frame, (const unsigned char *)"RPDx", 4, 0), -1);
}

DEFINE_TEST(find__after_other_bytes__whatever_its_number)
{
	unsigned char line[200] = "\xff\x01 RP";
	size_t size = make(WIRE_STOP, 7, "", 0), used;

	memcpy(line + 5, frame_bytes, size);
	assert_true(wire_find(&frame, line, 5 + size, &used));
	assert_int_equal(frame.type, WIRE_STOP);
	assert_int_equal(used, 5 + size);
	/* of one that is not whole only what comes before it may go */
	assert_false(wire_find(&frame, line, 5 + size - 1, &used));
	assert_null(frame.payload);
	assert_int_equal(used, 5);
	assert_false(wire_find(&frame, line, 0, &used));
	assert_int_equal(used, 0);
}

DEFINE_TEST(find__damaged_frame__the_next_one)
{
	unsigned char line[200], rows[8] = { 41, 0, 0, 0, 99 };
	size_t size = make(WIRE_WINSIZE, 0, rows, sizeof(rows)), used;

	memcpy(line, frame_bytes, size);
	line[WIRE_HEADER] ^= 1;
	memcpy(line + size, frame_bytes, size);
	assert_true(wire_find(&frame, line, 2 * size, &used));
	assert_int_equal(used, 2 * size);
	assert_int_equal(wire_get32(frame.payload), 41);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
