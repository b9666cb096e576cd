-- The tables that are published: columns, types, keys, rules and comments, in the order in which they are built.
-- This is the one place of all of it; the files beside it only say how rows are made.
-- Times are UTC without a zone. Surrogate keys are the first 60 bits of the MD5 of the natural key.
-- Of a long lake the tables are made without keys: no PRIMARY KEY, UNIQUE and REFERENCES, whose indexes would cost more
-- than all the rest. The checks no_row_twice and no_orphan_keys prove them either way; NOT NULL and CHECK always stand.

-- Every day, from the first to the last that a list or a capture names. Grain: day.
CREATE TABLE dim_date (
    date DATE PRIMARY KEY, -- The day
    year SMALLINT NOT NULL, -- Calendar year
    quarter SMALLINT NOT NULL CHECK (quarter BETWEEN 1 AND 4), -- Calendar quarter
    month SMALLINT NOT NULL CHECK (month BETWEEN 1 AND 12), -- Calendar month
    iso_year SMALLINT NOT NULL, -- Year that the ISO 8601 week belongs to
    iso_week SMALLINT NOT NULL CHECK (iso_week BETWEEN 1 AND 53), -- ISO 8601 week
    day_of_week SMALLINT NOT NULL CHECK (day_of_week BETWEEN 1 AND 7), -- 1 is Monday, 7 is Sunday
    is_weekend BOOLEAN NOT NULL -- Saturday or Sunday
);

-- Where lists of papers come from. Grain: source.
CREATE TABLE dim_source (
    source_key BIGINT PRIMARY KEY, -- Surrogate key, from source
    source VARCHAR NOT NULL UNIQUE CHECK (source IN ('digest', 'huggingface')), -- Name of the source
    description VARCHAR NOT NULL -- What it is
);

-- Organisations that papers were submitted for. Grain: organisation.
CREATE TABLE dim_organization (
    organization_key BIGINT PRIMARY KEY, -- Surrogate key, from name
    name VARCHAR NOT NULL UNIQUE, -- Name on the site, as in its address
    full_name VARCHAR -- Full name
);

-- Keywords that the site gives papers. Grain: keyword.
CREATE TABLE dim_keyword (
    keyword_key BIGINT PRIMARY KEY, -- Surrogate key, from keyword
    keyword VARCHAR NOT NULL UNIQUE -- The keyword, case and white space folded
);

-- Papers in their current state; of two sources, the API wins. Grain: paper.
CREATE TABLE dim_paper (
    paper_key BIGINT PRIMARY KEY, -- Surrogate key, from arxiv_id
    arxiv_id VARCHAR NOT NULL UNIQUE, -- arXiv id without its version
    title VARCHAR NOT NULL CHECK (title <> ''), -- Title, white space folded
    abstract VARCHAR, -- Abstract; NULL where only a digest knows the paper
    published_on DATE, -- Day on which arXiv published it; NULL where only a digest knows the paper
    first_listed_on DATE NOT NULL REFERENCES dim_date (date), -- First day on any list
    last_listed_on DATE NOT NULL REFERENCES dim_date (date), -- Last day on any list
    listing_count INTEGER NOT NULL CHECK (listing_count > 0), -- Listings: sources times days
    author_count INTEGER CHECK (author_count > 0), -- Distinct names in its list of authors; NULL where no list is known
    keyword_count INTEGER CHECK (keyword_count >= 0), -- Keywords; NULL in eras that had none
    latest_votes INTEGER CHECK (latest_votes >= 0), -- Last known votes of any source; NULL is unknown
    peak_votes INTEGER CHECK (peak_votes >= 0), -- Most votes ever seen; NULL is unknown
    comments INTEGER CHECK (comments >= 0), -- Comments at the newest capture; NULL is unknown
    github_stars INTEGER CHECK (github_stars >= 0), -- Stars of its repository at the newest capture; NULL is unknown
    arxiv_url VARCHAR NOT NULL, -- Its page at arXiv
    pdf_url VARCHAR NOT NULL, -- Its PDF at arXiv
    page_url VARCHAR NOT NULL, -- Its page at Hugging Face
    thumbnail_url VARCHAR, -- Its picture
    video_url VARCHAR, -- Its video
    github_repo VARCHAR, -- Its repository
    project_page VARCHAR, -- Its own page
    ai_summary VARCHAR, -- The site's summary in a sentence
    submitted_by VARCHAR, -- User who put it on the list
    organization_key BIGINT REFERENCES dim_organization (organization_key), -- Organisation; NULL is unknown
    is_withdrawn BOOLEAN NOT NULL, -- Withdrawn at the newest capture
    authors_truncated BOOLEAN NOT NULL, -- Its list of authors was cut in print, so some are not known
    CHECK (first_listed_on <= last_listed_on),
    CHECK (latest_votes <= peak_votes)
);

-- Titles of papers as they changed (slowly changing, type 2). Grain: paper x distinct title.
CREATE TABLE dim_paper_version (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    version SMALLINT NOT NULL CHECK (version > 0), -- 1 is the first title
    title VARCHAR NOT NULL, -- Title, white space folded
    valid_from TIMESTAMP NOT NULL, -- First capture with this title, UTC; where it came back, its return
    valid_to TIMESTAMP, -- First capture with the next title, UTC; NULL for the current one
    is_current BOOLEAN NOT NULL, -- The title in use
    PRIMARY KEY (paper_key, version)
);

-- Author names, as they appear on papers: a name, not a person. Grain: normalised name.
CREATE TABLE dim_author (
    author_key BIGINT PRIMARY KEY, -- Surrogate key, from name_normalized
    name VARCHAR NOT NULL, -- The spelling that is printed most often
    name_normalized VARCHAR NOT NULL UNIQUE, -- NFKC, case and white space folded, TeX's accents decoded
    hf_user VARCHAR, -- Hugging Face user, where every linked authorship of the name agrees
    first_listed_on DATE NOT NULL REFERENCES dim_date (date), -- First day on which a paper of the name was listed
    last_listed_on DATE NOT NULL REFERENCES dim_date (date), -- Last day on which a paper of the name was listed
    paper_count INTEGER NOT NULL CHECK (paper_count > 0) -- Papers with the name
);

-- Who wrote what. Grain: paper x author.
CREATE TABLE bridge_paper_author (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    author_key BIGINT NOT NULL REFERENCES dim_author (author_key), -- Author
    position INTEGER CHECK (position > 0), -- Place in the list, 1 is first; NULL where no source knows the order
    is_first BOOLEAN, -- First author; NULL where no source knows the order
    is_last BOOLEAN, -- Last author; NULL where no source knows the order
    weight DOUBLE NOT NULL CHECK (weight > 0 AND weight <= 1), -- 1 / number of authors: a paper's weights sum to 1
    name_as_printed VARCHAR NOT NULL, -- The name as this paper prints it
    PRIMARY KEY (paper_key, author_key)
);

-- What papers are about. Grain: paper x keyword.
CREATE TABLE bridge_paper_keyword (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    keyword_key BIGINT NOT NULL REFERENCES dim_keyword (keyword_key), -- Keyword
    PRIMARY KEY (paper_key, keyword_key)
);

-- Papers on the day's lists, as the first capture that holds them shows them. Grain: paper x source x day listed.
CREATE TABLE fact_listing (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source of the list
    listed_on DATE NOT NULL REFERENCES dim_date (date), -- Day of the list, as the source dates it
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the list, 1 is first
    votes_at_capture INTEGER CHECK (votes_at_capture >= 0), -- Votes at that capture; NULL is unknown
    PRIMARY KEY (paper_key, source_key, listed_on)
);

-- Votes as they move. Grain: paper x source x day listed x capture.
CREATE TABLE fact_vote (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source that counted
    captured_at TIMESTAMP NOT NULL, -- When the votes were counted, UTC
    listed_on DATE NOT NULL REFERENCES dim_date (date), -- Day of the list
    votes INTEGER CHECK (votes >= 0), -- Votes; NULL is unknown, 0 is zero
    votes_gained INTEGER, -- Votes since the capture before, same paper and source; NULL for the first
    comments INTEGER CHECK (comments >= 0), -- Comments; NULL is unknown
    github_stars INTEGER CHECK (github_stars >= 0), -- Stars of its repository; NULL is unknown
    PRIMARY KEY (paper_key, source_key, listed_on, captured_at)
);

-- Votes day by day, from the first to the last day they were seen. Grain: paper x day.
CREATE TABLE fact_vote_day (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    date DATE NOT NULL REFERENCES dim_date (date), -- Day, UTC
    days_since_listed INTEGER NOT NULL, -- Days since the paper was first listed
    votes INTEGER NOT NULL CHECK (votes >= 0), -- Last votes known by the end of the day, of any source
    is_observed BOOLEAN NOT NULL, -- Seen on that day; FALSE where the day before is carried forward
    PRIMARY KEY (paper_key, date)
);

-- Summaries in sections, as digests print them. Grain: paper x source x day listed x place.
CREATE TABLE fact_section (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source
    listed_on DATE NOT NULL REFERENCES dim_date (date), -- Day of the list
    position INTEGER NOT NULL CHECK (position > 0), -- Place under the paper, 1 is first
    heading VARCHAR, -- Canonical heading; NULL in eras that had none
    heading_as_printed VARCHAR, -- Heading as printed
    text VARCHAR NOT NULL, -- Text without its heading
    language VARCHAR, -- ko, en, zh or ja, by the script it is written in
    PRIMARY KEY (paper_key, source_key, listed_on, position)
);

-- Every attempt to fetch. Grain: source x day x page x time of asking x address.
CREATE TABLE meta_fetch (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day that was asked for
    page INTEGER NOT NULL, -- Page, 0 is first
    url VARCHAR NOT NULL, -- Address that was asked
    fetched_at TIMESTAMP NOT NULL, -- When it was asked, UTC
    captured_at TIMESTAMP NOT NULL, -- When the answer's votes were counted, UTC
    status INTEGER, -- HTTP status; NULL without an answer
    etag VARCHAR, -- The answer's ETag
    sha256 VARCHAR, -- Name of the answer in the raw store; NULL for none
    bytes BIGINT, -- Bytes of the answer; NULL where none were moved
    items INTEGER, -- Papers in the answer, where they can be counted
    outcome VARCHAR NOT NULL CHECK (
        outcome IN ('fetched', 'unchanged', 'missing', 'empty', 'incomplete', 'failed', 'future')
    ), -- What came of it
    reason VARCHAR -- Why, in a line
);

-- Every piece that no table took. Grain: piece.
CREATE TABLE meta_reject (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day of the list
    captured_at TIMESTAMP NOT NULL, -- Capture that it stood in, UTC
    rule VARCHAR NOT NULL, -- Rule that it broke
    reason VARCHAR NOT NULL, -- What is wrong, in a line
    arxiv_id VARCHAR, -- Paper that it belongs to, where known
    line_start INTEGER, -- First line in the digest
    line_end INTEGER, -- Last line in the digest
    raw VARCHAR NOT NULL -- Its text as it came
);

-- Papers with the names that their keys stand for, for BI tools. Grain: paper.
CREATE TABLE mart_paper (
    arxiv_id VARCHAR PRIMARY KEY, -- arXiv id
    title VARCHAR NOT NULL, -- Title
    first_listed_on DATE NOT NULL, -- First day on any list
    last_listed_on DATE NOT NULL, -- Last day on any list
    published_on DATE, -- Day on which arXiv published it; NULL is unknown
    latest_votes INTEGER, -- Last known votes; NULL is unknown
    peak_votes INTEGER, -- Most votes ever seen; NULL is unknown
    comments INTEGER, -- Comments; NULL is unknown
    github_stars INTEGER, -- Stars of its repository; NULL is unknown
    author_count INTEGER, -- Authors; NULL is unknown
    first_author VARCHAR, -- First author; NULL where the order is unknown
    last_author VARCHAR, -- Last author; NULL where the order is unknown
    organization VARCHAR, -- Organisation; NULL is unknown
    organization_full_name VARCHAR, -- Organisation's full name
    listing_count INTEGER NOT NULL, -- Listings: sources times days
    in_digest BOOLEAN NOT NULL, -- Listed in a digest
    in_huggingface BOOLEAN NOT NULL, -- Listed by the API
    is_withdrawn BOOLEAN NOT NULL, -- Withdrawn at the newest capture
    arxiv_url VARCHAR NOT NULL, -- Its page at arXiv
    page_url VARCHAR NOT NULL, -- Its page at Hugging Face
    github_repo VARCHAR, -- Its repository
    paper_key BIGINT NOT NULL -- Key of dim_paper
);

-- What became of each day of each source. Grain: source x day asked for.
CREATE TABLE mart_coverage (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day
    status VARCHAR NOT NULL CHECK (
        status IN ('published', 'empty', 'missing', 'incomplete', 'failed')
    ), -- published, empty, missing, incomplete or failed
    papers INTEGER NOT NULL, -- Papers listed
    papers_in_answer INTEGER, -- Papers in the newest answer, rejected ones too: fewer than papers where a day shrank
    captures INTEGER NOT NULL, -- Captures whose votes are kept
    rejects INTEGER NOT NULL, -- Pieces that no table took
    attempts INTEGER NOT NULL, -- Attempts to fetch
    last_attempt_at TIMESTAMP NOT NULL, -- Time of the newest attempt, UTC
    last_outcome VARCHAR NOT NULL, -- Outcome of the newest attempt
    last_reason VARCHAR, -- Why, or what was new in the answer, in a line
    is_weekend BOOLEAN NOT NULL, -- Saturday or Sunday, when few lists appear
    PRIMARY KEY (source, date)
);

-- Author names with their papers, places and votes: a name, not a person. Grain: normalised name.
CREATE TABLE mart_author (
    author_key BIGINT PRIMARY KEY, -- Key of dim_author
    name VARCHAR NOT NULL, -- The spelling that is printed most often
    hf_user VARCHAR, -- Hugging Face user, where every linked authorship of the name agrees
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the name
    ordered_papers INTEGER NOT NULL CHECK (ordered_papers <= papers), -- Those whose order of authors is known
    first_author_papers INTEGER, -- Of those, with the name first (alone is first and last); NULL if no order is known
    last_author_papers INTEGER, -- Of those, with the name last (alone is first and last); NULL if no order is known
    fractional_credit DOUBLE NOT NULL, -- Sum over its papers of 1 / number of authors
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    fractional_votes DOUBLE, -- The same, each paper's divided by its number of authors; NULL is unknown
    best_arxiv_id VARCHAR, -- Its paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper
    best_votes INTEGER, -- Last known votes of that paper
    first_listed_on DATE NOT NULL, -- First day on which a paper of the name was listed
    last_listed_on DATE NOT NULL -- Last day on which a paper of the name was listed
);

-- Organisations with the papers that the API names them for. Grain: organisation that has papers.
CREATE TABLE mart_organization (
    organization_key BIGINT PRIMARY KEY, -- Key of dim_organization
    name VARCHAR NOT NULL, -- Name on the site, as in its address
    full_name VARCHAR, -- Full name
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    mean_votes DOUBLE, -- Votes per paper whose votes are known; NULL is unknown
    github_stars BIGINT, -- Stars of its papers' repositories, each repository once; NULL is unknown
    best_arxiv_id VARCHAR, -- Its paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper
    best_votes INTEGER, -- Last known votes of that paper
    first_listed_on DATE NOT NULL, -- First day on which a paper of it was listed
    last_listed_on DATE NOT NULL -- Last day on which a paper of it was listed
);

-- Keywords by month. A paper counts in the month of its first day on any list. Grain: keyword x month.
CREATE TABLE mart_keyword_month (
    keyword_key BIGINT NOT NULL, -- Key of dim_keyword
    month DATE NOT NULL, -- First day of the month
    keyword VARCHAR NOT NULL, -- The keyword
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the keyword
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    month_papers INTEGER NOT NULL, -- Papers of the month that have keywords at all
    share DOUBLE NOT NULL CHECK (share > 0 AND share <= 1), -- papers / month_papers
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the month by papers, 1 is most; equals share a place
    PRIMARY KEY (keyword_key, month)
);

-- Papers with known votes: how fast these came, from 00:00 UTC of the first day listed. Grain: paper with known votes.
CREATE TABLE mart_vote_velocity (
    arxiv_id VARCHAR PRIMARY KEY, -- arXiv id
    title VARCHAR NOT NULL, -- Title
    first_listed_on DATE NOT NULL, -- First day on any list; hours count from its 00:00 UTC
    day_of_week SMALLINT NOT NULL CHECK (day_of_week BETWEEN 1 AND 7), -- Its weekday, 1 is Monday, 7 is Sunday
    weekday VARCHAR NOT NULL, -- Its weekday's name
    observations INTEGER NOT NULL CHECK (observations > 0), -- Times at which the votes were seen, of any source
    first_observed_at TIMESTAMP NOT NULL, -- First of them, UTC
    last_observed_at TIMESTAMP NOT NULL, -- Last of them, UTC
    observed_hours DOUBLE NOT NULL, -- Hours between the two
    first_votes INTEGER NOT NULL, -- Votes at the first observation
    last_votes INTEGER NOT NULL, -- Votes at the last observation
    votes_24h DOUBLE, -- Votes 24 hours after; NULL outside the observations, which are never extrapolated
    is_interpolated_24h BOOLEAN, -- Lies on a line between two observations; FALSE if seen at that moment
    votes_72h DOUBLE, -- Votes 72 hours after; NULL outside the observations
    is_interpolated_72h BOOLEAN, -- Lies on a line between two observations; FALSE if seen at that moment
    votes_7d DOUBLE, -- Votes 7 days after; NULL outside the observations
    is_interpolated_7d BOOLEAN, -- Lies on a line between two observations; FALSE if seen at that moment
    hours_to_90_percent DOUBLE, -- Hours until 90 % of last_votes; NULL if the first observation had them already
    is_interpolated_90_percent BOOLEAN, -- Lies on a line between two observations; FALSE if seen at that moment
    hours_to_peak DOUBLE NOT NULL, -- Hours until the first observation with the most votes
    paper_key BIGINT NOT NULL -- Key of dim_paper
);

-- Names together on a paper of at most 30 authors; checks prove its key. Grain: pair of author names.
CREATE TABLE mart_coauthor (
    author_key_a BIGINT NOT NULL, -- Key of dim_author of the name that sorts first
    author_key_b BIGINT NOT NULL, -- Key of dim_author of the other
    name_a VARCHAR NOT NULL, -- The name that sorts first, by name_normalized
    name_b VARCHAR NOT NULL, -- The other name
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers together, of those with at most 30 authors
    first_arxiv_id VARCHAR NOT NULL, -- The first of them to be listed
    first_title VARCHAR NOT NULL, -- Its title
    first_listed_on DATE NOT NULL, -- Its first day on any list
    last_arxiv_id VARCHAR NOT NULL, -- The last of them to be listed for the first time
    last_title VARCHAR NOT NULL, -- Its title
    last_listed_on DATE NOT NULL -- Its first day on any list
);

-- Papers with the short numbers that search_term knows them by; another release may count anew. Grain: paper.
CREATE TABLE search_paper (
    paper_number INTEGER PRIMARY KEY CHECK (paper_number > 0), -- Its place by first day listed, then arXiv id
    paper_key BIGINT NOT NULL UNIQUE REFERENCES dim_paper (paper_key), -- Paper
    first_listed_on DATE NOT NULL -- First day on any list
);

-- The fields of papers that are searched. Grain: field.
CREATE TABLE search_field (
    field VARCHAR PRIMARY KEY CHECK (field IN ('title', 'abstract', 'section')), -- Field; all sections are one
    weight INTEGER NOT NULL CHECK (weight > 0), -- What a term in it counts
    usual_length DOUBLE CHECK (usual_length > 0) -- Characters of it per paper that has any; NULL where none has
);

-- What search() looks up, by term. Checks prove its key: an index would outgrow the table. Grain: term x paper.
CREATE TABLE search_term (
    term_key BIGINT NOT NULL, -- From the term: a word or pair of Hangul syllables, as search_tokens() makes them
    paper_number INTEGER NOT NULL, -- Paper, in search_paper
    weight DECIMAL(4, 3) NOT NULL CHECK (weight >= 0) -- How much the paper is about it, at most 2.2 (BM25F)
);

-- What this release was built from, and when. Grain: release, always one row.
CREATE TABLE meta_release (
    release_id VARCHAR PRIMARY KEY, -- Name of the release's folder
    built_at TIMESTAMP NOT NULL, -- When it was built, UTC
    fingerprint VARCHAR NOT NULL, -- Mark of all that it was built from: equal marks, equal tables
    contents VARCHAR NOT NULL CHECK (contents IN ('sample', 'real')), -- Bundled sample or real data
    code_version VARCHAR NOT NULL, -- Version of the project
    duckdb_version VARCHAR NOT NULL -- Version of DuckDB that built it
);

-- Every check's result on this release. Grain: check.
CREATE TABLE meta_check (
    name VARCHAR PRIMARY KEY, -- Name of the file under sql/checks
    description VARCHAR NOT NULL, -- What it makes sure of
    severity VARCHAR NOT NULL CHECK (severity IN ('error', 'warn')), -- error stops a release, warn is shown
    passed BOOLEAN NOT NULL, -- No row breaks the rule
    broken_rows BIGINT NOT NULL, -- Rows that break it
    sample VARCHAR -- The first of them, as JSON
);
