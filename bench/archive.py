"""An invented archive of digests, as large as is asked for: seeded, and shaped like the real one.

Lengths of lists, of author lists and of texts, the eras of the format and its hazards follow what was counted over
the real archive (357 digests, 5,488 entries). Every sentence is noise: words are put together from syllables. A day
is made from its date alone, so an archive of any size streams, and any day of it can be made again by itself.
What the bytes mean belongs in `dagster_project.parse`; what is measured on them in `bench`.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

DIGESTS = 360
"""Digests of the real archive, rounded: size 1."""
LAST_DAY = dt.date(2025, 5, 9)
"""Its last day. A larger archive begins earlier; a thousand times 360 days are 986 years."""

SYLLABLES = (
    "가 간 강 개 거 건 결 경 고 과 관 구 국 규 그 기 길 나 내 넓 논 능 다 단 대 더 데 도 동 되 라 량 레 력 련 로 론 료 류 률 리 립 "
    "마 만 말 맞 매 면 명 모 목 무 문 물 미 바 반 발 방 배 버 범 법 변 별 보 복 본 부 분 비 빠 사 상 새 생 서 선 설 성 세 소 속 "
    "수 순 스 습 시 식 신 실 심 아 안 않 알 양 어 언 없 여 역 연 영 예 오 요 용 우 운 원 위 유 율 은 의 이 인 일 임 있 자 작 장 "
    "재 적 전 점 정 제 조 존 주 준 중 즈 지 진 질 차 참 처 천 체 초 최 추 출 치 크 키 터 토 통 트 특 파 평 포 표 풀 프 하 학 한 "
    "함 합 해 행 향 험 현 형 호 화 확 환 활 회 효 훈"
).split()
ENDINGS = ("을", "를", "이", "가", "의", "에서", "으로", "하는", "하고", "입니다.", "합니다.", "에", "와", "은", "는")
STEMS = (
    "latent sparse robust causal neural token vision graph prompt motion speech policy depth layout memory kernel "
    "audio reward scene video query patch flow codec agent tensor quant routing probe mixture distill align retrieve"
).split()
TAILS = (
    "",
    "s",
    "ing",
    "ed",
    "er",
    "net",
    "former",
    "bench",
    "flow",
    "gen",
    "-lite",
    "-XL",
    "Lab",
    "Scale",
    "2",
    "Eval",
)
GIVEN = (
    "Ada Bo Chen Dara Eun Femi Gita Hana Ivo Jin Kofi Lena Mina Nils Oya Pia Quan Rosa Sumi Tao Uma Vera Wei Xin Yuna "
    "Zoe Arun Bela Cai Dong Elif Fang Gwen Hugo Ines Jae Kai Lior Mei Nora Omar Pavel Rania Sami Thea Ugo Vik Wen Yan Zhi"
).split()
FAMILY = (
    "Abe Baek Cho Diaz Endo Fox Gao Han Ito Jung Kang Li Mori Ngo Oh Park Qiu Roy Seo Tan Ueda Vo Wang Xu Yoon Zhou Ali "
    "Berg Cruz Dahl Eze Frei Gupta Hong Imai Joshi Khan Lim Maier Nair Okada Pham Rao Silva Torres Ünal Varga Weiß Yang "
    "Zhang Novák Müller García Sørensen Łukasik O'Brien Nguyễn Dubois Kowalski Marín"
).split()
INITIALS = ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAMES = len(GIVEN) ** 2 * len(INITIALS) * len(FAMILY)
LABELS = ("What's New", "Technical Details", "Performance Highlights")

WORDS = STEMS + [stem + tail for stem in STEMS for tail in TAILS[1:]]
_making = random.Random(20231120)  # noqa: S311
KOREAN = [
    "".join(_making.choices(SYLLABLES, k=_making.randint(1, 3))) + _making.choice(ENDINGS + ("",) * 10)
    for _ in range(6_000)
]


def _falling(words: list[str]) -> list[float]:
    """Return the summed weights by which the first words are common and the last are rare, as in any language."""
    return list(accumulate(1 / (20 + place) for place in range(len(words))))


KOREAN_WEIGHTS, WORD_WEIGHTS = _falling(KOREAN), _falling(WORDS)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of `times` × 360 digests, the last on `LAST_DAY`, one every day."""

    times: int
    seed: int = 0

    @property
    def days(self) -> list[dt.date]:
        """The days of the archive, oldest first."""
        count = self.times * DIGESTS
        return [LAST_DAY - dt.timedelta(days=back) for back in range(count - 1, -1, -1)]

    def digests(self) -> Iterator[tuple[dt.date, bytes]]:
        """Yield each day with its digest, oldest first; one is in memory at a time."""
        for day in self.days:
            yield day, self.digest(day)

    def digest(self, day: dt.date) -> bytes:
        """Return the digest of a day, the same for the same seed and day whatever the archive's size."""
        return _Digest(day, random.Random(f"{self.seed} {day}")).text().encode()  # noqa: S311


def paper_id(day: dt.date, place: int) -> str:
    """Return the arXiv id of the paper at `place` of a day's list: distinct for a thousand years."""
    century = day.year // 100 % 10
    return f"{day:%y%m}.{10_000 * century + 300 * (day.day - 1) + place:05d}"


class _Digest:
    """One day's text. Chances are the counts of the real archive over its entries."""

    def __init__(self, day: dt.date, rng: random.Random) -> None:
        self.day, self.rng = day, rng
        # The eras of the format, in the shares of the real archive, spread over days so that every size has all.
        era = day.toordinal() % DIGESTS
        self.bare = era == 0  # no picture, votes or authors, as in the first days
        self.no_votes = era < 6
        self.python_list = 200 <= era < 209
        self.cut_lists = era < 190
        self.labels = "" if era < 92 else "**" if era < 182 else "***"

    def text(self) -> str:
        rng = self.rng
        papers = max(1, min(68, round(rng.gammavariate(3.2, 4.6))))
        entries = [self.entry(place) for place in range(papers)]
        if rng.random() < 5 / 357:  # a day that was appended to
            entries.insert(papers // 2, f"## Daily Papers ({self.day})\n")
        return f"## Daily Papers ({self.day})\n\n" + "\n".join(entries)

    def entry(self, place: int) -> str:
        rng = self.rng
        again = rng.random() < 1 / 1_000  # listed the day before already, under another title
        known_id = paper_id(self.day - dt.timedelta(days=1), 0) if again else paper_id(self.day, place)
        lines = [f"### [{self.title()}](https://arxiv.org/abs/{known_id})"]
        if not self.bare:
            lines += self.details(known_id)
        lines.append("\n".join(self.sections()))
        return "\n\n".join(lines) + "\n"

    def details(self, known_id: str) -> list[str]:
        rng = self.rng
        lines = [f"![](https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{known_id}.png)"]
        if rng.random() < 152 / 5_488:
            address = f"https://cdn-uploads.huggingface.co/production/uploads/{known_id}.mp4"
            lines = [f'[Watch Video]({address})\n<div><video controls src="{address}" muted="false"></video></div>']
        if not self.no_votes:
            votes = "-" if rng.random() < 32 / 5_488 else min(700, int(rng.lognormvariate(2.1, 1.0)))
            lines.append(f"Vote: {votes}")
        names = self.names()
        lines.append(f"Authors: {names}" if self.python_list else f"Authors: {', '.join(names)}")
        return lines

    def title(self) -> str:
        rng = self.rng
        words = [word.capitalize() for word in rng.choices(WORDS, cum_weights=WORD_WEIGHTS, k=rng.randint(5, 12))]
        if rng.random() < 28 / 5_488:
            words.append(rng.choice((r"$\alpha$-Stable", "[Extended]", "A*", r"\textbf{Fast}")))
        return f"{words[0]}: {' '.join(words[1:])}" if rng.random() < 0.6 else " ".join(words)

    def names(self) -> list[str]:
        rng = self.rng
        count = max(1, round(rng.lognormvariate(1.95, 0.65)))
        if rng.random() < 1 / 1_000:
            count = rng.randint(100, 600)
        names = [self.name() for _ in range(count)]
        if rng.random() < 202 / 5_488:
            names.append(names[0])  # a name twice in one list
        if self.cut_lists and count > 22:
            names = [*names[:22], "+"]
        return names

    def name(self) -> str:
        """Return a name; some are on many papers, most on one or two."""
        number = int(NAMES * self.rng.random() ** 5)
        if number < 300:  # as many papers as the busiest names have, and no more
            number = self.rng.randrange(300)
        number, family = divmod(number, len(FAMILY))
        number, first = divmod(number, len(GIVEN))
        second, initial = divmod(number, len(INITIALS))
        given = GIVEN[first] if second == 0 else f"{GIVEN[first]}-{GIVEN[second]}"
        return f"{given} {INITIALS[initial]}. {FAMILY[family]}" if initial else f"{given} {FAMILY[family]}"

    def sections(self) -> Iterator[str]:
        rng = self.rng
        if not self.labels:
            for _ in range(rng.randint(3, 7)):
                yield f"- {self.prose(rng.randint(16, 44))}"
            return
        for label in LABELS:
            printed = label.replace("'", "\u2019") if rng.random() < 0.05 else label
            yield f"- {self.labels}{printed}{self.labels}: {self.prose(rng.randint(24, 66))}"
            if rng.random() < 20 / 5_488:
                yield f"  1. {self.prose(12)}"  # belongs to the section above it

    def prose(self, words: int) -> str:
        rng = self.rng
        chosen = rng.choices(KOREAN, cum_weights=KOREAN_WEIGHTS, k=words)
        for english in rng.choices(WORDS, cum_weights=WORD_WEIGHTS, k=words // 8):
            chosen[rng.randrange(words)] = english
        return " ".join(chosen)
